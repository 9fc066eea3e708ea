# The portal's image: web, worker, beat and migrate are one program with four commands (see docker-compose.yml).
FROM python:3.13-slim-trixie AS packages
COPY requirements.txt /
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes --requirement /requirements.txt

FROM python:3.13-slim-trixie
# Pango draws the PDF documents; DejaVu has the letters that their own font lacks.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --home-dir /nonexistent portal \
 && install --directory --owner=portal --group=portal --mode=0750 /data /calls
COPY --from=packages /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data STATIC_ROOT=/static XDG_CACHE_HOME=/tmp
WORKDIR /app
COPY . .
# Collecting static files reads the settings, which will not do without these; none of them stays in the image.
RUN SECRET_KEY=unused LETTER_KEYS=unused SIP_KEYS=unused DATABASE_URL=postgres://unused@unused/unused \
    python manage.py collectstatic --noinput --verbosity=0
ARG COMMIT=
ENV BUILD_COMMIT=$COMMIT
USER portal
VOLUME ["/data", "/calls"]
EXPOSE 8000
CMD ["python", "-m", "sipcabinet.serve", "--host", "0.0.0.0", "--port", "8000"]

"""The way from one waiting row of a queue to the next."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import queue
from sipcabinet.lib import staff

# The page itself asks for the right to decide in the queue.
cast("staff.Desk", admin.site).add_page(
    staff.Page("", "desk_queue_next", "queues/<slug:queue>/next/", _("Следующее решение"), "", queue.next_row)
)

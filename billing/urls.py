from django.urls import URLPattern, path

from billing.views import call_detail, files, guarantees, invoices, orders, payments, reconciliation

app_name = "billing"
urlpatterns: list[URLPattern] = [
    path("payments/", payments.index, name="payments"),
    path("payments/list/", payments.listing, name="payment_list"),
    path("payments/list/export/", payments.export, name="payment_list_export"),
    path("documents/call-detail/", call_detail.period, name="call_detail"),
    path("documents/call-detail/subscribers/", call_detail.subscribers, name="call_detail_subscribers"),
    path("orders/", orders.index, name="orders"),
    path("orders/<str:number>/", orders.detail, name="order"),
    path("orders/<str:number>/status/", orders.status, name="order_status"),
    path("orders/<str:number>/file/", orders.file, name="order_file"),
    path("orders/<str:number>/resend/", orders.resend, name="order_resend"),
    path("guarantees/", guarantees.index, name="guarantee_list"),
    path("guarantees/register/", guarantees.register, name="guarantee_register"),
    path("guarantees/register/review/", guarantees.review, name="guarantee_review"),
    path("guarantees/<str:guarantee_number>/", guarantees.detail, name="guarantee"),
    path("documents/reconciliation/", reconciliation.index, name="reconciliation"),
    path("documents/reconciliation/file/", reconciliation.export, name="reconciliation_file"),
    path("documents/corrections/<str:correction_number>/", invoices.correction, name="correction_file"),
    path("invoices/", invoices.index, name="invoices"),
    path("invoices/<str:invoice_number>/", invoices.detail, name="invoice"),
    path("invoices/<str:invoice_number>/files/<str:file_kind>/", invoices.file, name="invoice_file"),
    path("invoices/<str:invoice_number>/lines/<str:line_kind>/<int:line_key>/", invoices.line, name="invoice_line"),
    path("d/<str:token>/", files.download, name="download"),
]

"""Addresses of agreements, vouchers, claims and payments."""

from django.urls import path

from vouchers.views import agreements, finance, forecast, recoveries, vouchers

urlpatterns = [
    path("agreements/prepare/", agreements.agreement_prepare_all, name="agreement_prepare_all"),
    path("manage/applications/<int:pk>/agreement/", agreements.agreement_prepare, name="agreement_prepare"),
    path("agreements/<int:pk>/", agreements.agreement_detail, name="agreement_detail"),
    path("agreements/<int:pk>/sign/", agreements.agreement_sign, name="agreement_sign"),
    path("agreements/<int:pk>/document/", agreements.agreement_download, name="agreement_download"),
    path("vouchers/<int:pk>/", vouchers.voucher_detail, name="voucher_detail"),
    path("vouchers/<int:pk>/instalments/<int:position>/claim/", vouchers.claim_submit, name="claim_submit"),
    path("vouchers/<int:pk>/recoveries/", recoveries.recovery_ask, name="recovery_ask"),
    path("vouchers/recoveries/<int:pk>/confirm/", recoveries.recovery_confirm, name="recovery_confirm"),
    path("vouchers/recoveries/<int:pk>/cancel/", recoveries.recovery_cancel, name="recovery_cancel"),
    path("organisations/<int:pk>/bank-account/", vouchers.bank_account_edit, name="bank_account_edit"),
    path("claims/<int:pk>/", finance.claim_detail, name="claim_detail"),
    path("claims/<int:pk>/approve/", finance.claim_approve, name="claim_approve"),
    path("claims/<int:pk>/reject/", finance.claim_reject, name="claim_reject"),
    path("manage/<slug:slug>/forecast/", forecast.budget_forecast, name="budget_forecast"),
    path("finance/<slug:slug>/", finance.finance_desk, name="finance_desk"),
    path("finance/<slug:slug>/batches/", finance.batch_prepare, name="batch_prepare"),
    path("finance/batches/<int:pk>/", finance.batch_detail, name="batch_detail"),
    path("finance/batches/<int:pk>/release/", finance.batch_release, name="batch_release"),
    path("finance/batches/<int:pk>/cancel/", finance.batch_cancel, name="batch_cancel"),
    path("finance/batches/<int:pk>/paid/", finance.batch_pay, name="batch_pay"),
    path("finance/batches/<int:pk>/file/", finance.batch_file, name="batch_file"),
]

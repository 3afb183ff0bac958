"""A person's messages, and the mails of this machine for developers."""

from django.urls import path

from notifications import developer, views

urlpatterns = [
    path("messages/", views.message_list, name="message_list"),
    path("messages/read/", views.messages_mark_read, name="messages_mark_read"),
    path("messages/<int:pk>/read/", views.message_mark_read, name="message_mark_read"),
    path("developer/mail/", developer.mail_list, name="developer_mail"),
    path("developer/mail/<slug:name>/", developer.mail_show, name="developer_mail_show"),
    path("developer/mail/<slug:name>/html/", developer.mail_html, name="developer_mail_html"),
]

"""Template pieces of the portal: money, status, deadlines."""

from django import template

register = template.Library()

"""Days in a template, in words."""

from django import template

from portal import words

register = template.Library()
# A moment is first put into the reader's time zone.
register.filter("day", words.day, expects_localtime=True)
register.simple_tag(words.days, name="days")

"""Django's settings are its process's, and in Bun all test files run in one: those of every Django application here."""

from django.conf import settings


def configure():
    if settings.configured:
        return
    settings.configure(
        ROOT_URLCONF="frameworks",
        SECRET_KEY="of a test",
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=["django.contrib.sessions"],
        MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        SESSION_COOKIE_SECURE=False,
    )

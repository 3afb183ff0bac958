"""The WSGI entry point of the web processes."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eurocluster_portal.settings")

application = get_wsgi_application()

# What is loaded now stays. The collector need not walk it again, nor as often: a page makes thousands of objects and keeps
# none. Before the fork, so that the web processes go on sharing these pages of memory.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)

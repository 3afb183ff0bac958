from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "eurocluster_portal"
    verbose_name = "Eurocluster portal"

    def ready(self) -> None:
        from eurocluster_portal.checks import refuse_unsafe_production

        refuse_unsafe_production()

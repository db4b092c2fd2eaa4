from django.apps import AppConfig


class TutorialConfig(AppConfig):
    name = "operation.bench.tutorial"
    label = "tutorial"

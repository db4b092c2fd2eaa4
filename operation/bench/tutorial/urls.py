from django.urls import path

from operation.bench.tutorial import views

urlpatterns = [path("position/", views.position)]

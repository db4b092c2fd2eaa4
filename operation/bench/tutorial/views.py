import datetime as dt
import json

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from operation.bench.tutorial.models import Device, Position


@csrf_exempt
def position(request: HttpRequest) -> HttpResponse:
    said = json.loads(request.body)
    device = Device._default_manager.filter(key=said["key"]).first()
    if device is None:
        return HttpResponse(status=401)
    time = dt.datetime.fromtimestamp(said["time"] / 1000, dt.UTC)
    Position._default_manager.create(device=device, time=time, lat=said["lat"], lon=said["lon"], speed=said["speed"])
    shown = {"device": device.pk, "time": said["time"], "lat": said["lat"], "lon": said["lon"], "speed": said["speed"]}
    async_to_sync(get_channel_layer().group_send)("positions", {"type": "position", "shown": shown})
    return HttpResponse(status=200)

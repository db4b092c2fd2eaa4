"""What there is once in the process `pictures`: the relay, the cameras that are pulled, their stills, the recorder."""

from asgiref.sync import sync_to_async
from django.conf import settings

from devices import recordings, recordings_folder, streams
from devices.pictures.pulling import Pulls
from devices.pictures.recording import Recording
from devices.pictures.relay import Relay
from devices.pictures.sampling import Sampling

RELAY = Relay()
PULLS = Pulls(RELAY, sync_to_async(streams.streams))
SAMPLING = Sampling(RELAY)
RECORDING = Recording(
    settings.RECORDINGS, PULLS.is_recorded, sync_to_async(recordings.enter), sync_to_async(recordings_folder.is_there)
)
RELAY.tap = RECORDING.take


def start() -> None:
    """Begin what goes on without anybody watching: cameras that are recorded, and the recorder. Once in a process' loop."""
    RECORDING.start()
    PULLS.start()

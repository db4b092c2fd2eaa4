# One image for all of the station's own processes; docker-compose.yml says which container runs which.
FROM debian:bookworm-slim

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates gettext libgdal32 libgeos-c1v5 libproj25 nginx-light python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --create-home station \
    && install -d -o station -g station -m 700 /opt/station /station /run/station

USER 1000
WORKDIR /srv/station
COPY --chown=station:station . .
# Packages, front end and messages are made as `./station up` makes them, into a home that the containers only read.
ENV STATION_HOME=/opt/station
RUN python3 -c "from operation import engine, front, libraries; from operation.home import Home; h = Home.from_environment(); \
libraries.ensure(h, tests=False); engine.ensure(h); front.ensure(h); front.compile_messages(h)"

ENV STATION_HOME=/station STATION_PACKAGES=/opt/station TMPDIR=/run/station
ENTRYPOINT ["/opt/station/venv/bin/python", "-m", "operation.container"]
CMD ["web"]

"""The base map: what an OpenStreetMap extract says about roads, buildings, water, green and places with a name."""

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.utils import timezone

from command.models import Officer


class Map(models.Model):
    """One imported extract. Importing again replaces everything below it and raises `version`."""

    name = models.SlugField(max_length=40, unique=True)
    version = models.BigIntegerField()  # never used twice, not even by a new database: browsers keep tiles for a year
    imported_at = models.DateTimeField()
    bounds = models.PolygonField(srid=4326)
    counts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name


class Road(models.Model):
    """A road, path or railway line as mapped, from one junction of tags to the next."""

    map = models.ForeignKey(Map, models.CASCADE)
    osm_id = models.BigIntegerField()
    name = models.CharField(max_length=200, blank=True)
    name_en = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=12)  # see kinds.ROADS
    oneway = models.SmallIntegerField(default=0)  # 1 along the line, -1 against it, 0 both ways
    bridge = models.BooleanField(default=False)
    tunnel = models.BooleanField(default=False)
    layer = models.SmallIntegerField(default=0)
    line = models.LineStringField(srid=4326)

    class Meta:
        constraints = [models.UniqueConstraint("map", "osm_id", name="one_road_per_osm_id")]


class Building(models.Model):
    map = models.ForeignKey(Map, models.CASCADE)
    osm_id = models.BigIntegerField()  # of the area: twice the way's, or twice the relation's plus one
    name = models.CharField(max_length=200, blank=True)
    size = models.FloatField()  # m² on the ground
    height_m = models.FloatField(default=6)  # as mapped, or by its storeys, or as houses are
    outline = models.MultiPolygonField(srid=4326)

    class Meta:
        constraints = [models.UniqueConstraint("map", "osm_id", name="one_building_per_osm_id")]


class Area(models.Model):
    map = models.ForeignKey(Map, models.CASCADE)
    osm_id = models.BigIntegerField()  # of the area, as in Building; negative for the sea, which no object stands for
    kind = models.CharField(max_length=12)  # see kinds.AREAS
    name = models.CharField(max_length=200, blank=True)
    size = models.FloatField()  # m² on the ground
    outline = models.MultiPolygonField(srid=4326)

    class Meta:
        constraints = [models.UniqueConstraint("map", "osm_id", name="one_area_per_osm_id")]


class Place(models.Model):
    """What a caller can name: an address, a crossing, a landmark, a street."""

    class Kind(models.TextChoices):
        ADDRESS = "address"
        CROSSING = "crossing"
        LANDMARK = "landmark"
        STREET = "street"

    id = models.BigIntegerField(primary_key=True)  # given by the import, so that spellings can be copied beside it
    map = models.ForeignKey(Map, models.CASCADE)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=400)
    detail = models.CharField(max_length=400, blank=True)
    category = models.CharField(max_length=40, blank=True)  # hospital, bank, bus_stop …; of an address its number
    rank = models.SmallIntegerField()  # 1 is what everybody knows, 5 what only neighbours know
    point = models.PointField(srid=4326)


class Spelling(models.Model):
    """One folded way to write a place's name: see words.fold. Search looks here and nowhere else."""

    class How(models.IntegerChoices):
        NAME = 0
        ALIAS = 1
        INITIALS = 2
        PINYIN = 3

    map = models.ForeignKey(Map, models.CASCADE)
    place = models.ForeignKey(Place, models.CASCADE)
    how = models.SmallIntegerField(choices=How.choices)
    text = models.CharField(max_length=800)

    class Meta:
        indexes = [
            GinIndex(OpClass("text", name="gin_trgm_ops"), name="spelling_trigrams"),
            models.Index(OpClass("text", name="text_pattern_ops"), name="spelling_prefix"),
        ]


class Upload(models.Model):
    """An extract on its way to be a map: received in pieces, then imported by the worker; gone when it is the map."""

    class State(models.TextChoices):
        RECEIVING = "receiving"
        WAITING = "waiting"
        IMPORTING = "importing"
        FAILED = "failed"

    name = models.SlugField(max_length=40, unique=True)  # of the map that it becomes
    officer = models.ForeignKey(Officer, models.SET_NULL, null=True, related_name="+")
    filename = models.CharField(max_length=200)
    changed_ms = (
        models.BigIntegerField()
    )  # when the file was changed last, by its own computer: tells the same file again
    size = models.BigIntegerField()  # bytes
    received = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVING)
    code = models.CharField(max_length=40, blank=True)  # why it failed
    stage = models.CharField(max_length=10, blank=True)  # of the import, with how many things there are so far
    count = models.BigIntegerField(default=0)
    attempts = models.SmallIntegerField(default=0)
    began_at = models.DateTimeField(default=timezone.now)
    moved_at = models.DateTimeField(default=timezone.now)  # last piece or stage

    def __str__(self) -> str:
        return self.name

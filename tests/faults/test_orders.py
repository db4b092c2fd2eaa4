"""Short forms of the faults that orders bear: a worker that dies, a job that takes too long, Redis gone."""

from operation.faults import long_job, order_redis, worker_killed
from operation.faults.stage import Stage


def test_a_killed_workers_jobs_are_done_once_by_the_next(stage: Stage) -> None:
    found = worker_killed.run(stage, kills=1)
    assert found["ok"], str(found)
    assert found["caught"], str(found)


def test_two_workers_at_one_job_bring_about_one_effect(stage: Stage) -> None:
    found = long_job.run(stage, rounds=1)
    assert found["ok"], str(found)


def test_orders_arrive_and_ring_while_redis_is_killed(stage: Stage) -> None:
    found = order_redis.run(stage, kills=1, down_s=0)
    assert found["lost"] == found["duplicated"] == 0, str(found)
    assert found["left_alone"], str(found)
    assert found["recover_s"] <= order_redis.BACK_WITHIN_S, str(found)
    assert found["came_p95_s"] < 5 * order_redis.P95_S, "other tests use the machine meanwhile, but not for so long"

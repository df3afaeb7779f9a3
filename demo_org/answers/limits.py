"""Says how much of the org's day is used."""

from __future__ import annotations

from demo_org.messages import Answer, Request, json_answer
from demo_org.service import Service


def limits(service: Service, request: Request) -> Answer:
    usage = service.usage
    jobs = len(service.jobs.all())
    return json_answer(
        {
            "DailyApiRequests": _limit(usage.maximum, usage.used),
            "DailyBulkApiBatches": _limit(15_000, 0),
            "DailyBulkV2QueryFileStorageMB": _limit(976_562, 0),
            "DailyBulkV2QueryJobs": _limit(10_000, jobs),
            "DataStorageMB": _limit(10_240, 0),
            "FileStorageMB": _limit(10_240, 0),
        }
    )


def _limit(maximum: int, used: int) -> dict[str, int]:
    return {"Max": maximum, "Remaining": max(0, maximum - used)}

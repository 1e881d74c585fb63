"""DuckDB: tables in memory, one query a task."""

import duckdb

from workload import DIRECT, HALF_LIFE, SIX, WINDOW, table

TOOL, VERSION = "duckdb", duckdb.__version__

# A sort key of time and place in the log stands for a touch, so that first and last are plain minima and maxima.
# Conversions are the small side of the join; what is counted is a twelfth of the log, so the rest is cheap.
COUNTED = f"""
counted AS MATERIALIZED (
  SELECT c.id, c.value, t.channel, t.ts::BIGINT * 4294967296 + t.id AS place,
         pow(2.0, (t.ts::BIGINT - c.ts::BIGINT) / {float(HALF_LIFE)}) AS power
  FROM touches t JOIN conversions c ON t.journey = c.journey
  WHERE t.ts <= c.ts AND t.ts + {WINDOW} >= c.ts
)"""

HEURISTICS = f"""
WITH {COUNTED},
path AS (
  SELECT id, count(*) AS n, min(place) AS head, max(place) AS tail,
         coalesce(max(place) FILTER (channel <> {DIRECT}), max(place)) AS named, sum(power) AS powers
  FROM counted GROUP BY id
),
weighed AS (
  SELECT t.channel, t.value,
         (t.place = p.head)::INT AS first, (t.place = p.tail)::INT AS last, (t.place = p.named)::INT AS last_non_direct,
         1 / p.n AS linear,
         CASE WHEN p.n < 3 THEN 1 / p.n WHEN t.place = p.head OR t.place = p.tail THEN 0.4::DOUBLE
              ELSE 0.2::DOUBLE / (p.n - 2) END AS u,
         t.power / p.powers AS time_decay
  FROM counted t JOIN path p USING (id)
)
SELECT channel, {", ".join(f"sum({m})::DOUBLE, sum({m} * value)" for m in SIX)}
FROM weighed GROUP BY channel
"""

# The channels of a conversion as bits (64 channels at most): those with the same set go together.
SHAPLEY = f"""
WITH sets AS (
  SELECT c.id, any_value(c.value) AS value, bit_or(1::UBIGINT << t.channel) AS seen
  FROM touches t JOIN conversions c ON t.journey = c.journey
  WHERE t.ts <= c.ts AND t.ts + {WINDOW} >= c.ts
  GROUP BY c.id
),
alike AS (SELECT seen, bit_count(seen) AS size, count(*) AS n, sum(value) AS value FROM sets GROUP BY seen)
SELECT channel, sum(n / size), sum(value / size)
FROM alike, range(64) bit(channel) WHERE (seen >> channel::UBIGINT) & 1 = 1 GROUP BY channel
"""


def prepare(w):
    """Copies the arrays into tables; `id` is the place in the log."""
    db = duckdb.connect(config={"threads": 2})
    touch = {"journey": w.journey, "ts": w.ts, "channel": w.channel}
    conv = {"journey": w.conv_journey, "ts": w.conv_ts, "value": w.conv_value}
    db.execute("CREATE TABLE touches AS SELECT (row_number() OVER () - 1)::UINTEGER AS id, * FROM touch")
    db.execute("CREATE TABLE conversions AS SELECT (row_number() OVER () - 1)::UINTEGER AS id, * FROM conv")
    return {
        "heuristics6": lambda: table(db.execute(HEURISTICS).fetchall(), w.channels, SIX),
        "shapley": lambda: table(db.execute(SHAPLEY).fetchall(), w.channels, ["shapley"]),
    }

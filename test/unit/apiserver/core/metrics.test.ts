import assert from "node:assert/strict";
import { MetricsRegistry } from "../../../../lib/api/metrics/metricsRegistry.js";

describe("MetricsRegistry", () => {
  it("exposes counters, gauges and cumulative histogram buckets, sorted by name", () => {
    const registry = new MetricsRegistry();
    registry.histogram("b_seconds", "B.", ["verb"], [0.1, 1]).with("GET").observe(0.5);
    registry.counter("a_total", "A.", ["code"]).with('2"0').increment(3);
    const gauge = registry.gauge("c", "C.");
    registry.onCollect(() => gauge.with().set(7));
    assert.equal(
      registry.expose(),
      [
        "# HELP a_total A.",
        "# TYPE a_total counter",
        'a_total{code="2\\"0"} 3',
        "# HELP b_seconds B.",
        "# TYPE b_seconds histogram",
        'b_seconds_bucket{verb="GET",le="0.1"} 0',
        'b_seconds_bucket{verb="GET",le="1"} 1',
        'b_seconds_bucket{verb="GET",le="+Inf"} 1',
        'b_seconds_sum{verb="GET"} 0.5',
        'b_seconds_count{verb="GET"} 1',
        "# HELP c C.",
        "# TYPE c gauge",
        "c 7",
        "",
      ].join("\n"),
    );
  });

  it("writes bounds as Go does", () => {
    const registry = new MetricsRegistry();
    const bounds = [1e-8, 1e-5, 0.0001, 0.005, 2.5, 131_072, 1e6, 1.5e9];
    registry.histogram("h", "H.", [], bounds);
    const seen = [...registry.expose().matchAll(/le="([^"]*)"/g)].map(([, bound]) => bound);
    assert.deepEqual(seen, [
      ...["1e-08", "1e-05", "0.0001", "0.005", "2.5", "131072", "1e+06", "1.5e+09", "+Inf"],
    ]);
  });

  it("folds label sets beyond its bound into one series", () => {
    const registry = new MetricsRegistry();
    const counter = registry.counter("n_total", "N.", ["name"]);
    for (let i = 0; i < 10_010; i += 1) {
      counter.with(`n${i}`).increment();
    }
    assert.equal(counter.with("overflow").value, 10);
  });
});

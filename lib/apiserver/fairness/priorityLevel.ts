import type { PriorityLevelConfiguration } from "../../api/gen/types/flowcontrolV1.js";
import type { Clock } from "../../platform/clock.js";
import type { FairnessMetrics, LevelSeries } from "./fairnessMetrics.js";
import { type LimitResponse, QueueSet } from "./queueSet.js";
import { RetryAfter } from "./retryAfter.js";
import { SeatDemand } from "./seatDemand.js";

/** The widest request, as a part of its level. */
const widestPart = 0.15;

/** One priority level: its part of the server's seats, and the requests in it. */
export class PriorityLevel {
  readonly name: string;
  readonly series: LevelSeries;
  readonly demand: SeatDemand;
  readonly requests: QueueSet;
  readonly retryAfter = new RetryAfter();
  uid = "";
  isExempt = false;
  /** Its object is gone: it ends with its last request. */
  isQuiescing = false;
  shares = 0;
  nominal = 0;
  lower = 0;
  upper = 0;
  current = 0;
  /** Seats of the widest request; 0 where the level sets no bound. */
  widest = 0;
  response: LimitResponse = { type: "reject" };
  #lendablePercent = 0;
  #borrowingLimitPercent: number | undefined;
  #isNew = true;

  constructor(name: string, clock: Clock, metrics: FairnessMetrics) {
    this.name = name;
    this.series = metrics.level(name);
    this.demand = new SeatDemand(clock.monotonic());
    this.requests = new QueueSet(clock, this.series, this.demand);
  }

  /** What the object says of it. */
  describe(object: PriorityLevelConfiguration, response: LimitResponse): void {
    const { limited, exempt } = object.spec;
    const settings = limited ?? exempt ?? {};
    this.uid = object.metadata.uid ?? "";
    this.isQuiescing = false;
    this.response = response;
    this.isExempt = response.type === "exempt";
    this.shares = settings.nominalConcurrencyShares ?? (limited === undefined ? 0 : 30);
    this.#lendablePercent = settings.lendablePercent ?? 0;
    this.#borrowingLimitPercent = limited?.borrowingLimitPercent;
  }

  /** Its part of the server's seats, before anything is lent. */
  divide(serverSeats: number, allShares: number): void {
    const nominal = allShares === 0 ? 0 : Math.ceil((serverSeats * this.shares) / allShares);
    const lendable = Math.round((nominal * this.#lendablePercent) / 100);
    const percent = this.#borrowingLimitPercent;
    const borrowing = percent === undefined ? serverSeats : Math.round((nominal * percent) / 100);
    this.nominal = nominal;
    this.lower = nominal - lendable;
    this.upper = nominal + borrowing;
    this.series.nominal.set(nominal);
    this.series.lower.set(this.lower);
    this.series.upper.set(this.upper);
    if (this.response.type === "queue") {
      const { handSize } = this.response.settings;
      const widest = Math.min(Math.ceil(nominal * widestPart), Math.floor(nominal / handSize));
      this.widest = Math.max(1, widest);
    } else this.widest = 0;
    if (this.#isNew) this.current = nominal - Math.floor(lendable / 2);
    this.#isNew = false;
  }

  /** The seats that it has from now on. */
  limitTo(seats: number, serverSeats: number): void {
    this.current = seats;
    this.series.current.set(seats);
    const ratioOf = seats > 0 ? seats : Math.max(1, Math.round(serverSeats / 10));
    this.requests.configure(this.response, seats, ratioOf);
  }
}

/** What becomes of a level's requests; undefined where the object is not valid in itself. */
export function limitResponseOf(object: PriorityLevelConfiguration): LimitResponse | undefined {
  const { type, limited, exempt } = object.spec;
  if ((type === "Exempt") !== (object.metadata.name === "exempt")) return undefined;
  if (type === "Exempt") {
    return exempt === undefined || limited !== undefined ? undefined : { type: "exempt" };
  }
  if (type !== "Limited" || limited === undefined || exempt !== undefined) return undefined;
  const { type: response, queuing } = limited.limitResponse;
  if (response === "Reject") return queuing === undefined ? { type: "reject" } : undefined;
  if (queuing === undefined) return undefined;
  const { queues = 64, handSize = 8, queueLengthLimit = 50 } = queuing;
  const isWhole = queues > 0 && handSize > 0 && handSize <= queues && queueLengthLimit > 0;
  return isWhole ? { type: "queue", settings: { queues, handSize, queueLengthLimit } } : undefined;
}

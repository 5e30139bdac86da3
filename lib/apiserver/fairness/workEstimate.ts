/** How much of a level one request takes up. */
export interface WorkEstimate {
  /** Seats while it runs. */
  readonly initialSeats: number;
  /** Seats afterwards, while watchers are told of it; its requester does not wait for that. */
  readonly finalSeats: number;
  readonly finalMilliseconds: number;
}

export const oneSeat: WorkEstimate = { initialSeats: 1, finalSeats: 0, finalMilliseconds: 0 };

/** Held from the beginning to the end, since both parts are accounted as one. */
export function widthOf({ initialSeats, finalSeats }: WorkEstimate): number {
  return initialSeats >= finalSeats ? initialSeats : finalSeats;
}

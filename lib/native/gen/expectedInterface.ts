/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "dd0077dc062dea77";

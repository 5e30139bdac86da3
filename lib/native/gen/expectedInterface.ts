/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "bb032361f840f5be";

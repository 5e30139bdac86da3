/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "6d0b1fb5d5880155";

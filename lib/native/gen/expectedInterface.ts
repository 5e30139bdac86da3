/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "6f0c4a39e74ecf15";

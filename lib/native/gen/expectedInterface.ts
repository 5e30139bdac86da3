/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "a8dc666c05d228fa";

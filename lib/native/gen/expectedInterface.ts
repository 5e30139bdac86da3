/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "71ae6a1fd307fdbb";

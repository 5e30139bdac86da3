/**
 * Names of the IANA time zone database (2025), older ones too, by area; `""` for those without.
 * Intl does not list the older ones, takes names in any case, and knows some that are no zone's.
 */
export const timeZoneAreas: Readonly<Record<string, readonly string[]>> = {
  "": [
    ..."CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0".split(" "),
    ..."Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST".split(
      " ",
    ),
    ..."MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT".split(
      " ",
    ),
    ..."UTC Universal W-SU WET Zulu".split(" "),
  ],
  Africa: [
    ..."Abidjan Accra Addis_Ababa Algiers Asmara Asmera Bamako Bangui Banjul Bissau".split(" "),
    ..."Blantyre Brazzaville Bujumbura Cairo Casablanca Ceuta Conakry Dakar Dar_es_Salaam".split(
      " ",
    ),
    ..."Djibouti Douala El_Aaiun Freetown Gaborone Harare Johannesburg Juba Kampala".split(" "),
    ..."Khartoum Kigali Kinshasa Lagos Libreville Lome Luanda Lubumbashi Lusaka Malabo".split(" "),
    ..."Maputo Maseru Mbabane Mogadishu Monrovia Nairobi Ndjamena Niamey Nouakchott".split(" "),
    ..."Ouagadougou Porto-Novo Sao_Tome Timbuktu Tripoli Tunis Windhoek".split(" "),
  ],
  America: [
    ..."Adak Anchorage Anguilla Antigua Araguaina Argentina/Buenos_Aires".split(" "),
    ..."Argentina/Catamarca Argentina/ComodRivadavia Argentina/Cordoba Argentina/Jujuy".split(" "),
    ..."Argentina/La_Rioja Argentina/Mendoza Argentina/Rio_Gallegos Argentina/Salta".split(" "),
    ..."Argentina/San_Juan Argentina/San_Luis Argentina/Tucuman Argentina/Ushuaia Aruba".split(" "),
    ..."Asuncion Atikokan Atka Bahia Bahia_Banderas Barbados Belem Belize Blanc-Sablon".split(" "),
    ..."Boa_Vista Bogota Boise Buenos_Aires Cambridge_Bay Campo_Grande Cancun Caracas".split(" "),
    ..."Catamarca Cayenne Cayman Chicago Chihuahua Ciudad_Juarez Coral_Harbour Cordoba".split(" "),
    ..."Costa_Rica Coyhaique Creston Cuiaba Curacao Danmarkshavn Dawson Dawson_Creek Denver".split(
      " ",
    ),
    ..."Detroit Dominica Edmonton Eirunepe El_Salvador Ensenada Fort_Nelson Fort_Wayne".split(" "),
    ..."Fortaleza Glace_Bay Godthab Goose_Bay Grand_Turk Grenada Guadeloupe Guatemala".split(" "),
    ..."Guayaquil Guyana Halifax Havana Hermosillo Indiana/Indianapolis Indiana/Knox".split(" "),
    ..."Indiana/Marengo Indiana/Petersburg Indiana/Tell_City Indiana/Vevay".split(" "),
    ..."Indiana/Vincennes Indiana/Winamac Indianapolis Inuvik Iqaluit Jamaica Jujuy Juneau".split(
      " ",
    ),
    ..."Kentucky/Louisville Kentucky/Monticello Knox_IN Kralendijk La_Paz Lima Los_Angeles".split(
      " ",
    ),
    ..."Louisville Lower_Princes Maceio Managua Manaus Marigot Martinique Matamoros".split(" "),
    ..."Mazatlan Mendoza Menominee Merida Metlakatla Mexico_City Miquelon Moncton Monterrey".split(
      " ",
    ),
    ..."Montevideo Montreal Montserrat Nassau New_York Nipigon Nome Noronha".split(" "),
    ..."North_Dakota/Beulah North_Dakota/Center North_Dakota/New_Salem Nuuk Ojinaga Panama".split(
      " ",
    ),
    ..."Pangnirtung Paramaribo Phoenix Port-au-Prince Port_of_Spain Porto_Acre Porto_Velho".split(
      " ",
    ),
    ..."Puerto_Rico Punta_Arenas Rainy_River Rankin_Inlet Recife Regina Resolute Rio_Branco".split(
      " ",
    ),
    ..."Rosario Santa_Isabel Santarem Santiago Santo_Domingo Sao_Paulo Scoresbysund".split(" "),
    ..."Shiprock Sitka St_Barthelemy St_Johns St_Kitts St_Lucia St_Thomas St_Vincent".split(" "),
    ..."Swift_Current Tegucigalpa Thule Thunder_Bay Tijuana Toronto Tortola Vancouver".split(" "),
    ..."Virgin Whitehorse Winnipeg Yakutat Yellowknife".split(" "),
  ],
  Antarctica: [
    ..."Casey Davis DumontDUrville Macquarie Mawson McMurdo Palmer Rothera South_Pole Syowa".split(
      " ",
    ),
    ..."Troll Vostok".split(" "),
  ],
  Arctic: [..."Longyearbyen".split(" ")],
  Asia: [
    ..."Aden Almaty Amman Anadyr Aqtau Aqtobe Ashgabat Ashkhabad Atyrau Baghdad Bahrain".split(" "),
    ..."Baku Bangkok Barnaul Beirut Bishkek Brunei Calcutta Chita Choibalsan Chongqing".split(" "),
    ..."Chungking Colombo Dacca Damascus Dhaka Dili Dubai Dushanbe Famagusta Gaza Harbin".split(
      " ",
    ),
    ..."Hebron Ho_Chi_Minh Hong_Kong Hovd Irkutsk Istanbul Jakarta Jayapura Jerusalem Kabul".split(
      " ",
    ),
    ..."Kamchatka Karachi Kashgar Kathmandu Katmandu Khandyga Kolkata Krasnoyarsk".split(" "),
    ..."Kuala_Lumpur Kuching Kuwait Macao Macau Magadan Makassar Manila Muscat Nicosia".split(" "),
    ..."Novokuznetsk Novosibirsk Omsk Oral Phnom_Penh Pontianak Pyongyang Qatar Qostanay".split(
      " ",
    ),
    ..."Qyzylorda Rangoon Riyadh Saigon Sakhalin Samarkand Seoul Shanghai Singapore".split(" "),
    ..."Srednekolymsk Taipei Tashkent Tbilisi Tehran Tel_Aviv Thimbu Thimphu Tokyo Tomsk".split(
      " ",
    ),
    ..."Ujung_Pandang Ulaanbaatar Ulan_Bator Urumqi Ust-Nera Vientiane Vladivostok Yakutsk".split(
      " ",
    ),
    ..."Yangon Yekaterinburg Yerevan".split(" "),
  ],
  Atlantic: [
    ..."Azores Bermuda Canary Cape_Verde Faeroe Faroe Jan_Mayen Madeira Reykjavik".split(" "),
    ..."South_Georgia St_Helena Stanley".split(" "),
  ],
  Australia: [
    ..."ACT Adelaide Brisbane Broken_Hill Canberra Currie Darwin Eucla Hobart LHI Lindeman".split(
      " ",
    ),
    ..."Lord_Howe Melbourne NSW North Perth Queensland South Sydney Tasmania Victoria West".split(
      " ",
    ),
    ..."Yancowinna".split(" "),
  ],
  Brazil: [..."Acre DeNoronha East West".split(" ")],
  Canada: [
    ..."Atlantic Central Eastern Mountain Newfoundland Pacific Saskatchewan Yukon".split(" "),
  ],
  Chile: [..."Continental EasterIsland".split(" ")],
  Etc: [
    ..."GMT GMT+0 GMT+1 GMT+10 GMT+11 GMT+12 GMT+2 GMT+3 GMT+4 GMT+5 GMT+6 GMT+7 GMT+8".split(" "),
    ..."GMT+9 GMT-0 GMT-1 GMT-10 GMT-11 GMT-12 GMT-13 GMT-14 GMT-2 GMT-3 GMT-4 GMT-5 GMT-6".split(
      " ",
    ),
    ..."GMT-7 GMT-8 GMT-9 GMT0 Greenwich UCT UTC Universal Zulu".split(" "),
  ],
  Europe: [
    ..."Amsterdam Andorra Astrakhan Athens Belfast Belgrade Berlin Bratislava Brussels".split(" "),
    ..."Bucharest Budapest Busingen Chisinau Copenhagen Dublin Gibraltar Guernsey Helsinki".split(
      " ",
    ),
    ..."Isle_of_Man Istanbul Jersey Kaliningrad Kiev Kirov Kyiv Lisbon Ljubljana London".split(" "),
    ..."Luxembourg Madrid Malta Mariehamn Minsk Monaco Moscow Nicosia Oslo Paris Podgorica".split(
      " ",
    ),
    ..."Prague Riga Rome Samara San_Marino Sarajevo Saratov Simferopol Skopje Sofia".split(" "),
    ..."Stockholm Tallinn Tirane Tiraspol Ulyanovsk Uzhgorod Vaduz Vatican Vienna Vilnius".split(
      " ",
    ),
    ..."Volgograd Warsaw Zagreb Zaporozhye Zurich".split(" "),
  ],
  Indian: [
    ..."Antananarivo Chagos Christmas Cocos Comoro Kerguelen Mahe Maldives Mauritius".split(" "),
    ..."Mayotte Reunion".split(" "),
  ],
  Mexico: [..."BajaNorte BajaSur General".split(" ")],
  Pacific: [
    ..."Apia Auckland Bougainville Chatham Chuuk Easter Efate Enderbury Fakaofo Fiji".split(" "),
    ..."Funafuti Galapagos Gambier Guadalcanal Guam Honolulu Johnston Kanton Kiritimati".split(" "),
    ..."Kosrae Kwajalein Majuro Marquesas Midway Nauru Niue Norfolk Noumea Pago_Pago Palau".split(
      " ",
    ),
    ..."Pitcairn Pohnpei Ponape Port_Moresby Rarotonga Saipan Samoa Tahiti Tarawa Tongatapu".split(
      " ",
    ),
    ..."Truk Wake Wallis Yap".split(" "),
  ],
  US: [
    ..."Alaska Aleutian Arizona Central East-Indiana Eastern Hawaii Indiana-Starke Michigan".split(
      " ",
    ),
    ..."Mountain Pacific Samoa".split(" "),
  ],
};

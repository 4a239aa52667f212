/**
 * Population census of Japan 2020, Statistics Bureau of Japan (e-Stat). Figures of two published tables, which are facts, under
 * the government's standard terms of use, compatible with CC BY 4.0.
 */
export const CENSUS_ATTRIBUTION = 'e-Stat 国勢調査 (令和2年) を加工して作成'
export const CENSUS_SOURCE = 'Population census of Japan 2020 (国勢調査), Statistics Bureau of Japan, e-Stat'
export const CENSUS_LICENCE = 'government standard terms of use (Japan), compatible with CC BY 4.0'

/** Persons of known age by sex and five-year group from 0–4 to 95–99, then 100 and over: 123,214,261 persons. */
export const PERSONS_BY_AGE = {
  male: [
    2311189, 2606651, 2742131, 2880029, 3017869, 3074087, 3297031, 3696855, 4189446, 4862990, 4277003, 3865303, 3592903,
    3910060, 4249286, 3092860, 2196093, 1303473, 491303, 92110, 9766,
  ],
  female: [
    2204893, 2482442, 2608386, 2737411, 2913437, 2957877, 3187563, 3614712, 4101631, 4787303, 4262848, 3902179, 3704287,
    4165208, 4762509, 3838068, 3100635, 2366350, 1287713, 400614, 69757,
  ],
} as const

/** All persons by prefecture (126,146,099), with the region of eight that it belongs to. */
export const PREFECTURES: readonly { ja: string; en: string; region: string; persons: number }[] = [
  { ja: '北海道', en: 'Hokkaido', region: '北海道', persons: 5224614 },
  { ja: '青森県', en: 'Aomori', region: '東北', persons: 1237984 },
  { ja: '岩手県', en: 'Iwate', region: '東北', persons: 1210534 },
  { ja: '宮城県', en: 'Miyagi', region: '東北', persons: 2301996 },
  { ja: '秋田県', en: 'Akita', region: '東北', persons: 959502 },
  { ja: '山形県', en: 'Yamagata', region: '東北', persons: 1068027 },
  { ja: '福島県', en: 'Fukushima', region: '東北', persons: 1833152 },
  { ja: '茨城県', en: 'Ibaraki', region: '関東', persons: 2867009 },
  { ja: '栃木県', en: 'Tochigi', region: '関東', persons: 1933146 },
  { ja: '群馬県', en: 'Gunma', region: '関東', persons: 1939110 },
  { ja: '埼玉県', en: 'Saitama', region: '関東', persons: 7344765 },
  { ja: '千葉県', en: 'Chiba', region: '関東', persons: 6284480 },
  { ja: '東京都', en: 'Tokyo', region: '関東', persons: 14047594 },
  { ja: '神奈川県', en: 'Kanagawa', region: '関東', persons: 9237337 },
  { ja: '新潟県', en: 'Niigata', region: '中部', persons: 2201272 },
  { ja: '富山県', en: 'Toyama', region: '中部', persons: 1034814 },
  { ja: '石川県', en: 'Ishikawa', region: '中部', persons: 1132526 },
  { ja: '福井県', en: 'Fukui', region: '中部', persons: 766863 },
  { ja: '山梨県', en: 'Yamanashi', region: '中部', persons: 809974 },
  { ja: '長野県', en: 'Nagano', region: '中部', persons: 2048011 },
  { ja: '岐阜県', en: 'Gifu', region: '中部', persons: 1978742 },
  { ja: '静岡県', en: 'Shizuoka', region: '中部', persons: 3633202 },
  { ja: '愛知県', en: 'Aichi', region: '中部', persons: 7542415 },
  { ja: '三重県', en: 'Mie', region: '近畿', persons: 1770254 },
  { ja: '滋賀県', en: 'Shiga', region: '近畿', persons: 1413610 },
  { ja: '京都府', en: 'Kyoto', region: '近畿', persons: 2578087 },
  { ja: '大阪府', en: 'Osaka', region: '近畿', persons: 8837685 },
  { ja: '兵庫県', en: 'Hyogo', region: '近畿', persons: 5465002 },
  { ja: '奈良県', en: 'Nara', region: '近畿', persons: 1324473 },
  { ja: '和歌山県', en: 'Wakayama', region: '近畿', persons: 922584 },
  { ja: '鳥取県', en: 'Tottori', region: '中国', persons: 553407 },
  { ja: '島根県', en: 'Shimane', region: '中国', persons: 671126 },
  { ja: '岡山県', en: 'Okayama', region: '中国', persons: 1888432 },
  { ja: '広島県', en: 'Hiroshima', region: '中国', persons: 2799702 },
  { ja: '山口県', en: 'Yamaguchi', region: '中国', persons: 1342059 },
  { ja: '徳島県', en: 'Tokushima', region: '四国', persons: 719559 },
  { ja: '香川県', en: 'Kagawa', region: '四国', persons: 950244 },
  { ja: '愛媛県', en: 'Ehime', region: '四国', persons: 1334841 },
  { ja: '高知県', en: 'Kochi', region: '四国', persons: 691527 },
  { ja: '福岡県', en: 'Fukuoka', region: '九州・沖縄', persons: 5135214 },
  { ja: '佐賀県', en: 'Saga', region: '九州・沖縄', persons: 811442 },
  { ja: '長崎県', en: 'Nagasaki', region: '九州・沖縄', persons: 1312317 },
  { ja: '熊本県', en: 'Kumamoto', region: '九州・沖縄', persons: 1738301 },
  { ja: '大分県', en: 'Oita', region: '九州・沖縄', persons: 1123852 },
  { ja: '宮崎県', en: 'Miyazaki', region: '九州・沖縄', persons: 1069576 },
  { ja: '鹿児島県', en: 'Kagoshima', region: '九州・沖縄', persons: 1588256 },
  { ja: '沖縄県', en: 'Okinawa', region: '九州・沖縄', persons: 1467480 },
]

/*
 * Lists of the locale ja of @faker-js/faker 10.6.0, which say which names there are, not how frequent they are.
 *
 * Faker - Copyright (c) 2022-2025
 *
 * This software consists of voluntary contributions made by many individuals.
 * For exact contribution history, see the revision history
 * available at https://github.com/faker-js/faker
 *
 * Permission is hereby granted, free of charge, to any person obtaining
 * a copy of this software and associated documentation files (the
 * "Software"), to deal in the Software without restriction, including
 * without limitation the rights to use, copy, modify, merge, publish,
 * distribute, sublicense, and/or sell copies of the Software, and to
 * permit persons to whom the Software is furnished to do so, subject to
 * the following conditions:
 *
 * The above copyright notice and this permission notice shall be
 * included in all copies or substantial portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND,
 * EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
 * MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
 * NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
 * LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION
 * OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION
 * WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
 */

const names = (lines: readonly string[]): string[] => lines.flatMap((line) => line.split(' '))

/** Each as likely as the other: no frequencies are known. */
export const FAMILY_NAMES: readonly string[] = names([
  '三上 三好 三宅 三木 三浦 三輪 上原 上村 上田 上野 下村 下田 中井 中原 中尾 中山 中島 中嶋 中川 中村',
  '中沢 中田 中西 中谷 中野 丸山 丹羽 久保 久保田 亀井 二宮 五十嵐 井上 井口 今井 今村 今泉 今野 伊東',
  '伊藤 佐々木 佐久間 佐伯 佐藤 佐野 倉田 児玉 入江 八木 内山 内海 内田 内藤 冨田 出口 前川 前田 加納',
  '加藤 北原 北島 北川 北村 北野 千田 千葉 南 原 原口 原田 及川 古川 古田 古谷 古賀 吉井 吉原 吉岡',
  '吉川 吉本 吉村 吉沢 吉田 吉野 向井 和田 園田 土井 土屋 土田 坂井 坂口 坂本 坂田 堀 堀内 堀口 堀川',
  '堀江 堀田 堤 塚本 塚田 増田 多田 大久保 大内 大原 大城 大場 大塚 大山 大島 大川 大平 大木 大村 大森',
  '大槻 大橋 大沢 大田 大石 大竹 大西 大谷 大野 天野 太田 奥山 奥村 奥田 奥野 奧村 奧田 宇野 安井 安田',
  '安藤 安達 安部 宮下 宮内 宮原 宮城 宮崎 宮川 宮本 宮沢 宮田 富永 富田 寺田 小倉 小出 小原 小坂 小山',
  '小島 小川 小松 小林 小柳 小森 小池 小沢 小泉 小澤 小田 小笠原 小西 小谷 小野 小野寺 尾崎 山下 山中',
  '山内 山口 山岡 山岸 山崎 山川 山本 山村 山根 山田 岡 岡崎 岡本 岡村 岡田 岡部 岡野 岩井 岩崎 岩本',
  '岩瀬 岩田 岸 岸本 島崎 島田 嶋田 川上 川原 川口 川島 川崎 川本 川村 川田 川端 川野 工藤 市川 平井',
  '平山 平岡 平川 平松 平田 平野 広瀬 広田 庄司 後藤 徳永 徳田 志村 成田 戸田 手塚 斉藤 斎藤 新井 新田',
  '新谷 日野 日高 早川 星 星野 服部 望月 木下 木村 本多 本田 本間 杉原 杉山 杉本 杉浦 杉田 村上 村井',
  '村山 村松 村瀬 村田 東 松下 松井 松原 松尾 松山 松岡 松島 松崎 松本 松村 松永 松浦 松田 松野 林',
  '林田 柏木 柳沢 柳田 柴田 栗原 栗田 根岸 根本 桑原 桜井 梅田 梶原 森 森下 森山 森岡 森川 森本 森田',
  '植田 榊原 榎本 樋口 横井 横山 横田 橋本 武井 武田 武藤 比嘉 水谷 水野 永井 永田 永野 江口 池上 池田',
  '沢田 河原 河合 河村 河野 沼田 泉 津田 浅井 浅田 浅野 浜田 浜野 深沢 清水 渋谷 渡辺 渡邊 渡部 湯浅',
  '溝口 滝沢 澤田 瀬戸 熊谷 片山 片岡 片桐 牧野 田上 田中 田代 田原 田口 田島 田村 田畑 田辺 甲斐 町田',
  '畠山 白井 白石 相沢 相馬 矢島 矢野 石井 石原 石塚 石山 石崎 石川 石橋 石田 石黒 神田 神谷 福井 福原',
  '福岡 福島 福本 福永 福田 秋元 秋山 稲垣 稲田 稲葉 窪田 竹下 竹中 竹内 竹本 竹村 竹田 笠井 笠原 筒井',
  '篠原 篠崎 篠田 米山 米田 細川 細谷 緒方 臼井 花田 若林 茂木 荒井 荒川 荒木 荻野 菅 菅原 菅野 菊地',
  '菊池 萩原 落合 藤井 藤原 藤岡 藤川 藤本 藤村 藤沢 藤田 藤野 西 西原 西尾 西山 西岡 西川 西本 西村',
  '西沢 西田 西野 角田 谷 谷口 谷川 谷本 豊田 越智 足立 辻 近藤 遠藤 酒井 野中 野口 野崎 野村 野沢',
  '野田 金井 金城 金子 金沢 金田 鈴木 鎌田 長尾 長岡 長島 長沢 長田 長谷川 長野 関 関口 関根 阿部 青山',
  '青木 青柳 須田 須藤 飯塚 飯島 飯田 馬場 高井 高山 高島 高木 高松 高橋 高瀬 高田 高野 鶴田 黒川 黒木',
  '黒沢 黒田 齋藤',
])

export const FEMALE_NAMES: readonly string[] = names([
  'あゆみ きみ きよ さくら はる ひなた めぐみ ゆかり キミ キヨ トミ ハナ ハル フミ マサ ヨシ 七海 久子',
  '久美子 亜美 京子 佳奈 信子 優奈 優子 優花 優衣 光子 八重子 典子 凛 凜 勝子 千代 千代子 千夏 千尋',
  '友美 君子 和子 咲良 啓子 奈々 孝子 幸子 弘子 彩 彩乃 彩花 彩香 心優 心愛 心春 心結 恵 恵子 恵美',
  '恵美子 悦子 愛 愛子 愛美 愛莉 愛菜 成美 敏子 文子 早紀 明日香 明美 昭子 智子 智美 未来 杏 栄子 桃子',
  '桜 楓 正子 沙織 洋子 浩子 清子 照子 玲奈 理恵 琴音 由佳 由美 由美子 百花 直子 直美 真央 真由 真由美',
  '瞳 節子 紀子 純子 紬 結愛 結月 結菜 結衣 絵美 美代子 美優 美咲 美智子 美月 美桜 美穂 美紀 美結 美羽',
  '美香 舞 良子 花 花音 芳子 芽依 茜 莉子 菜々子 菜摘 菜月 萌 裕子 裕美 貞子 遥 里奈 陽子 陽菜 陽葵',
  '静子 順子 香織 麻美 麻衣 麻衣子 葵',
])

export const MALE_NAMES: readonly string[] = names([
  '一男 一輝 一郎 三郎 亮 亮太 修 健 健一 健太 健太郎 優 優太 優斗 剛 功 勇 勉 勝 勝利 勲 匠 博',
  '博之 和也 和夫 和彦 哲也 大介 大和 大地 大樹 大翔 大貴 大輔 大輝 大雅 太一 太陽 学 実 崇 幸雄 康平',
  '弘 律 徹 悠 悠人 悠太 悠希 悠斗 悠真 悠翔 拓也 拓哉 拓海 新 昇 明 昭 昭一 昭三 昭二 智也 朝陽 樹',
  '正 正一 正三 正二 正夫 正治 正男 正雄 武 武雄 歩夢 洋平 浩 浩一 浩之 浩二 海斗 海翔 涼太 淳 清 湊',
  '瑛太 直人 直樹 祐介 秀樹 秀雄 稔 空 竜 竜也 結翔 義雄 翔 翔太 翔平 翼 聡 英樹 茂 蒼 蒼空 蓮 誠',
  '豊 貴大 輝 辰男 辰雄 進 達也 陸 陸斗 陽向 陽大 陽太 陽斗 陽翔 隆 雄大 雄太 颯 颯太 颯真 駿 龍生',
  '葵',
])

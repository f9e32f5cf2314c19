#include "left_out_abroad.hpp"

#include <algorithm>
#include <cctype>

#include "words.hpp"

namespace mamc::edit {
namespace {

// Chinese, Japanese, Korean, French, German, Spanish, Portuguese, Russian: of what is spoken, ... Large
// letters are small here only when they are of ASCII: other words are without their first letter.
constexpr std::string_view kOfRest[] = {
    "其余", "其他", "其它", "剩余", "剩下", "余下", "原有", "原来", "现有", "已有", "后面", "以下", "以上",
    "下面", "上面", "之前", "此处", "其餘", "剩餘", "現有", "後面", "代码", "代碼", "残り", "既存", "他の",
    "その他", "それ以外", "以降", "以前", "コード", "나머지", "기존", "이하", "이전", "다른", "코드",
    // French
    "reste", "restant", "du code", "autres", "code existant", "code actuel", "fonctions existantes",
    "ci-dessous",
    // German
    "rest ", "restlich", "brige", "bestehende", "vorhandene", "andere", "alles ", "ab hier",
    // Spanish and Portuguese
    "resto", "restante", "existente", "demás", "demais", "otras", "otros", "outras", "outros", "anterior",
    // Russian
    "стальн", "существующ", "далее", "ругие", "ниже", "код"};
// ... and what is said of it.
constexpr std::string_view kStays[] = {
    "不变", "不變", "未变", "未變", "省略", "略去", "相同", "一样", "一樣", "一致", "未修改", "无需修改",
    "未更改", "无变化", "没有变化", "無變化", "同上", "略）", "保持", "保留", "変更なし", "変更無し",
    "変更はありません", "同じ", "そのまま", "変わら", "同様", "中略", "以下略", "後略", "동일", "생략",
    "그대로", "변경 없음", "변경없음",
    // French
    "inchang", "identique", "ne change", "sans changement", "sans modification", "non modifi", "omis ",
    "omise", "même",
    // German
    "unverändert", "unveraendert", "bleibt", "bleiben", "wie bisher", "wie zuvor", "wie vorher", "wie gehabt",
    "ausgelassen", "weggelassen", "gleich", "keine änderung", "ohne änderung", "ohne aenderung",
    "keine Änderung", "ohne Änderung",
    // Spanish and Portuguese
    "sin cambio", "sin modific", "no cambia", "igual", "se mantiene", "omitid", "mismo", "sem altera",
    "sem mudan", "sem modifica", "inalterad", "permanece", "mantido", "mantida", "mesmo", "não muda",
    // Russian
    "без изменений", "ез изменений", "не изменил", "не меняется", "не изменяется", "не изменен", "опущен",
    "прежн", "тем же", "таким же", "так же", "как раньше", "как было"};

// At the begin of a word, as far as it is one of ASCII.
bool Holds(std::string_view lower, std::string_view words) {
  const bool ascii = std::isalpha(static_cast<unsigned char>(words[0])) != 0;
  for (std::size_t at = lower.find(words); at != std::string_view::npos; at = lower.find(words, at + 1))
    if (!ascii || at == 0 || static_cast<signed char>(lower[at - 1]) < 0 ||
        std::isalpha(static_cast<unsigned char>(lower[at - 1])) == 0)
      return true;
  return false;
}

}  // namespace

LeftOut LeftOutAbroad(std::string_view text) {
  const std::string lower = Lower(text);
  const auto holds = [&](std::string_view words) { return Holds(lower, words); };
  const auto stays = std::find_if(std::begin(kStays), std::end(kStays), holds);
  // "The rest of the code": two such words and little more.
  constexpr std::size_t kShort = 40;
  const bool names_rest = std::count_if(std::begin(kOfRest), std::end(kOfRest), holds) >= 2;
  if (stays == std::end(kStays)) return names_rest && text.size() <= kShort ? LeftOut::kMaybe : LeftOut::kNo;
  if (std::any_of(std::begin(kOfRest), std::end(kOfRest), holds)) return LeftOut::kLikely;
  // Little more than that.
  return stays->size() * 2 >= lower.size() ? LeftOut::kMaybe : LeftOut::kNo;
}

}  // namespace mamc::edit

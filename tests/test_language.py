"""Which articles count as foreign, and what it costs to know."""

import subprocess
import sys

import pytest

from escalate.language import foreign_language

FOREIGN = {
    "de": "Rebellen haben am Montagabend die Vororte der Hauptstadt beschossen und vier Zivilisten getötet. Die Regierung "
    "kündigte eine harte Antwort an. Am Freitag wollen beide Außenminister in Genf wieder verhandeln.",
    "fr": "Les rebelles ont bombardé lundi soir la banlieue de la capitale, tuant quatre civils. Le gouvernement a promis une "
    "riposte plus forte. Les deux ministres reprendront vendredi les pourparlers à Genève.",
    "es": "Los rebeldes bombardearon el lunes las afueras de la capital y mataron a cuatro civiles. El gobierno anunció que el "
    "ejército responderá con más fuerza.",
    "ru": "Повстанцы обстреляли в понедельник вечером пригороды столицы, четыре мирных жителя погибли. Правительство заявило, "
    "что армия ответит.",
    "zh": "叛军星期一晚间炮击了首都郊区,造成四名平民死亡。政府发言人表示,军队将以更大的力量作出回应。"
    "两国外交部长同意星期五恢复会谈。",
    "ar": "قصف المتمردون ضواحي العاصمة مساء الاثنين مما أسفر عن مقتل أربعة مدنيين. وقالت الحكومة إن الجيش سيرد بقوة أكبر.",
    "tr": "İsyancılar pazartesi akşamı başkentin dış mahallelerini bombaladı ve dört sivil öldü. Hükümet sert bir karşılık "
    "vereceğini açıkladı. İki dışişleri bakanı cuma günü Cenevre'de yeniden görüşecek.",
    "hu": "A lázadók hétfő este lőtték a főváros külvárosait, négy civil meghalt. A kormány kemény választ ígért. A két "
    "külügyminiszter pénteken Genfben újra tárgyal.",
    "sw": "Waasi walishambulia viunga vya mji mkuu Jumatatu jioni na kuua raia wanne. Serikali iliahidi kujibu kwa nguvu. "
    "Mawaziri wawili wa mambo ya nje watakutana tena Geneva siku ya Ijumaa.",
    "tl": "Binomba ng mga rebelde ang labas ng kabisera noong Lunes ng gabi at apat na sibilyan ang namatay. Nangako ang "
    "pamahalaan ng matinding tugon. Muling mag-uusap sa Biyernes sa Geneva ang dalawang kalihim.",
}
CROATIAN = (
    "Pobunjenici su u ponedjeljak navečer granatirali predgrađe glavnog grada i ubili četiri civila. Vlada je poručila da će "
    "vojska odgovoriti još snažnije. Ministri vanjskih poslova dogovorili su nastavak razgovora u petak."
)
ENGLISH = {
    "plain": "Rebels shelled the outskirts of the capital on Monday night. The government said it would answer with force.",
    "without an article": "Rebels shelled Goma on Monday night, killing four villagers and burning two bridges near Sake.",
    "headlines in capitals": "ARMY VOWS REVENGE AFTER REBELS SHELL TWO BORDER TOWNS\nTALKS OFF, ENVOYS LEAVE GENEVA",
    "a German quotation": 'Chancellor Scholz told parliament: "Wir lassen uns nicht einschüchtern und werden antworten." '
    "Opposition leaders called that reckless and asked for talks with Moscow.",
    "a brief from Nigeria": "Nigerian troops kill 40 Boko Haram fighters in Sambisa forest, army spokesman says",
    "another brief": "Nigeria, Cameroon agree to joint patrols on border after Boko Haram attacks",
    "names from elsewhere": "Abdelmadjid Tebboune met Kassym-Jomart Tokayev and Recep Tayyip Erdoğan in Diyarbakır for talks.",
}


@pytest.mark.parametrize(("language", "text"), FOREIGN.items())
def test_articles_in_other_languages_are_recognised(language, text):
    assert foreign_language(text) == language


@pytest.mark.parametrize("text", ENGLISH.values(), ids=ENGLISH)
def test_english_is_not_foreign(text):
    assert foreign_language(text) is None


@pytest.mark.parametrize(
    "text", ["", "Truppen beschossen Stadt.", "停火", "12.5 3.4 88 99", "3 a 4 b 5 c 6 d 7 e 8 f 9 g 10 h 11 i"]
)
def test_what_is_too_short_or_without_language_is_not_judged(text):
    assert foreign_language(text) is None


def test_a_language_is_foreign_although_its_relatives_look_like_it():
    assert foreign_language(CROATIAN) in ("hr", "bs", "sr")
    assert foreign_language(CROATIAN * 20) in ("hr", "bs", "sr")


def test_an_english_name_does_not_make_an_article_english():
    text = f"{FOREIGN['de']} Das meldete The Times. {FOREIGN['de']}"
    assert foreign_language(text) == "de"


def test_of_a_long_text_the_beginning_counts():
    german = FOREIGN["de"] * 100
    assert foreign_language(german + ENGLISH["plain"] * 400) == "de"


def test_odd_characters_do_no_harm():
    assert foreign_language("\ud800\x00 " + FOREIGN["de"]) == "de"
    assert foreign_language("\ud800\x00 " * 30) is None


def test_the_library_is_loaded_only_for_texts_that_do_not_read_as_english():
    code = (
        "import sys; import escalate; from escalate.language import foreign_language; "
        f"foreign_language({ENGLISH['plain']!r}); print('py3langid' in sys.modules); "
        f"foreign_language({FOREIGN['de']!r}); print('py3langid' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-X", "utf8", "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "True"]

"""Who is outside the country: people of one country in another, who entered one, who left one, whom one received."""

from __future__ import annotations

from idlibgeo.reports.count import Count
from idlibgeo.reports.draft import Draft
from idlibgeo.reports.lay import STRONG, Field
from idlibgeo.reports.lexicon import Hit
from idlibgeo.reports.sentence import Sentence

# How far before the number a Turkish participle that belongs to its noun may stand, in words.
_PARTICIPLE_REACH = 4
# A country or town of less weight in its list mostly has people of its own in its camps.
_HOSTS = 1.0
# A town of less weight than this receives nobody as a country does: "Mersin, 400 bin kişiyi ağırlıyor".
_LEAST_STATE = 0.5


# A place and a sign at the start of a sentence say where all of it happens.
_DATELINE = 3


def is_told_of_nation(draft: Draft) -> bool:
    """As in "the number of Syrians in Turkey fell to 3.6 million"."""
    sentence = draft.sentence
    told = any(hit.last <= draft.count.start for hit in sentence.of("number_of"))
    told = told or any(
        sentence.ending("total", hit.first) for hit in sentence.of("nation")
    )  # "بلغ عدد السوريين"
    return told and in_another_country(draft)


def abroad(draft: Draft) -> bool:
    """Hosted by a country, or called refugees."""
    sentence, count = draft.sentence, draft.count
    if _is_said_displaced(draft):
        return False
    if draft.scores.get("refugee", 0.0) > 0.6 * draft.scores.get("stock", 0.0):
        return True
    close = count.first - _PARTICIPLE_REACH if sentence.language == "tr" else count.first
    if any(close <= hit.first < count.last for hit in sentence.of("displaced")) and not _nations(draft):
        return False  # displaced inside their country
    if any(count.first <= hit.first < count.last for hit in sentence.of("at_home")):
        return False  # "260 bin depremzede": people of the place itself
    hosts = {hit.entry.label for hit in sentence.of("nation") if hit.last <= count.first}
    if _nations(draft) and hosts - _nations(draft):
        return True  # "the Turkish president said that his country hosts 3.6 million Syrians"
    return _is_hosted_by_country(draft)


def _is_hosted_by_country(draft: Draft) -> bool:
    """As in "Turkey hosts 3.6 million people"."""
    sentence, count = draft.sentence, draft.count
    host = next(
        (hit for hit in sentence.of("cue") if hit.entry.label == "stock" and not _has_closed(sentence, hit)),
        None,
    )
    if host is not None and any(host.first <= hit.first < host.last for hit in sentence.of("displaced")):
        return False  # "عبروا إلى تشاد …، فيما يقدر عدد النازحين داخل السودان"
    return host is not None and any(
        hit.last <= host.first <= count.first and _may_host(sentence, hit, host)
        for hit in sentence.of("country")
    )


def _is_said_displaced(draft: Draft) -> bool:
    """As in "1.8 million are refugees and 2.5 million are displaced inside the country"."""
    sentence, last = draft.sentence, draft.count.last
    verb = sentence.at("copula", last)
    said = sentence.at("displaced", verb.last) if verb is not None else None
    refugees = (hit for hit in sentence.of("cue") if hit.entry.label == "refugee")
    return said is not None and not any(hit.first in draft.own for hit in refugees)


def _has_closed(sentence: Sentence, verb: Hit) -> bool:
    """As in "Avrupa'da 6 milyon mülteci bulunuyor, 3,7 milyon kişi …": in Turkish the comma ends what the verb says."""
    return sentence.language == "tr" and sentence.words[verb.last : verb.last + 1] == [","]


def _may_host(sentence: Sentence, country: Hit, host: Hit) -> bool:
    """No strong sign stands between a country and what it does: not in "Kenya floods: 115 camps set up, hosting"."""
    parted = any(word in STRONG for word in sentence.words[country.last : host.first])
    if (
        sentence.language == "tr"
        and sentence.at("of_country", country.last)
        and not _owns_part(sentence, country)
    ):
        return False  # "Yunanistan sınırında bekleyenler"
    return country.entry.weight >= _HOSTS and not parted


def in_another_country(draft: Draft) -> bool:
    """As in "3.7 million Syrians found refuge in Turkey": people of one country in another."""
    sentence, count = draft.sentence, draft.count
    nations = _nations(draft)
    stop = max(draft.own, default=count.last) + 1
    begin = max(
        (place for place, word in enumerate(sentence.words[: count.first]) if word in STRONG), default=0
    )
    contrast = [hit.first for hit in sentence.of("boundary") if hit.entry.weight < 1]
    begin = max([begin, *(place for place in contrast if place < count.first)])
    if 0 < begin <= _DATELINE and sentence.words[begin] in (":", "-", "—"):
        begin = 0  # "Dadaab: 24,000 Somalis who crossed …"
    countries = {
        hit.entry.label
        for hit in sentence.of("country")
        if count.last <= hit.first < stop or begin <= hit.first < count.first
        if sentence.language != "tr" or not _is_still_ahead(sentence, hit)
    }
    return bool(nations) and bool(countries - nations) and not countries & nations


# Words of a case ending behind a name: the quote and the ending.
_CASE = 2


def _is_still_ahead(sentence: Sentence, country: Hit) -> bool:
    """As in "35 bin Suriyeli Türkiye'ye geçmek için bekliyor": who wants to get there, or is at its border."""
    told = sentence.at("of_country", country.last)
    if sentence.words[country.last : country.last + 1] == ["-"]:  # "İsrail-Lübnan sınırında"
        joined = sentence.at("country", country.last + 1)
        told = sentence.at("of_country", joined.last) if joined else None
    if told is None:
        return False
    return sentence.words[told.first] != "'" or told.last - told.first > _CASE


def _nations(draft: Draft) -> set[str]:
    """Whose people a number counts; "920,000 more" counts the people of the number before it."""
    sentence, count = draft.sentence, draft.count
    places = [hit for hit in sentence.of("nation") if hit.first <= count.last]
    if count.bare:
        return {places[-1].entry.label} if places else set()
    return {hit.entry.label for hit in places if count.first <= hit.first}


# How far before its number the noun of "the number of" may stand, in words.
_TO_CALLED = 3


def into_country(draft: Draft, lay: Field) -> bool:
    """As in "68,700 people crossed into Chad"; "the Turkish border" and "Turkey's south" are no country."""
    sentence, count = draft.sentence, draft.count
    if any(0 <= count.start - hit.first <= _TO_CALLED for hit in sentence.of("at_home")):
        return False  # "Ankara'ya gelen depremzede aile sayısı 4 bin 200'e çıktı"
    own = {hit.entry.label for hit in sentence.of("nation") if count.first <= hit.first < count.last}
    for hit in sentence.of("country"):
        if hit.entry.label in own or not _is_entered(sentence, hit) or _is_of_rest(draft, hit):
            continue
        if _leads_number(sentence, hit, count):
            return True
        mine = lay.say(hit.first, hit.last, count)
        others = (other for other in lay.counts if not other.percent and _may_share(lay, hit, other))
        if mine > 0.2 and mine >= max((lay.say(hit.first, hit.last, other) for other in others), default=0):
            return True
    return False


def _leads_number(sentence: Sentence, country: Hit, count: Count) -> bool:
    """As in "Mısır'a 40 bin, Çad'a 30 bin kişi geçti": in Turkish each place of a list stands before its number."""
    ending = sentence.ending("suffix_role", count.start)
    return sentence.language == "tr" and ending is not None and ending.first == country.last + 1


def _is_of_rest(draft: Draft, country: Hit) -> bool:
    """As in "2300 أسرة نزحت، ولجأ بعضها إلى تشاد": some of them only, and nobody counted these."""
    return any(draft.count.last <= hit.first < country.first for hit in draft.sentence.of("rest"))


def _may_share(lay: Field, country: Hit, other: Count) -> bool:
    """In Turkish a comma parts a number from the place of the next clause: "… 20 bine ulaştı, Mısır'a ise 16 bin"."""
    return lay.sentence.language != "tr" or lay.unparted(country, other)


def left_country(draft: Draft, lay: Field) -> bool:
    """As in "2.3 million people have fled Ukraine": a verb of leaving with a country for its object."""
    sentence = draft.sentence
    for country in sentence.of("country"):
        if sentence.covering("org", country.first) or sentence.at("of_country", country.last):
            continue
        if _is_left(sentence, country) and lay.say(country.first, country.last, draft.count) > 0.2:
            return True
    return False


def is_right_in_country(draft: Draft) -> bool:
    """As in "436,000 Rohingya in Cox's Bazar": the country stands right behind the people."""
    last = draft.count.last
    return any(0 <= hit.first - last <= 1 for hit in draft.sentence.of("country"))


def _is_left(sentence: Sentence, country: Hit) -> bool:
    if sentence.language != "tr":
        return sentence.ending("leave_country", country.first) is not None
    ending = sentence.at("suffix_role", country.last + 1)  # Ukrayna'dan ayrılanlar
    if ending is None:
        return False
    whom = {"origin": "", "context": "object"}.get(ending.entry.label)  # Ukrayna'yı terk edenler
    return any(
        (verb := sentence.at("leave_country", place)) is not None and verb.entry.label == whom
        for place in range(ending.last, ending.last + 2)
    )


def received_by_country(draft: Draft) -> bool:
    """As in "Chad has received 180,000 people from Darfur": a country as the one who receives."""
    sentence, count = draft.sentence, draft.count
    own = _nations(draft)
    if sentence.language == "tr":
        return any(
            0 <= verb.first - count.last <= 3 and _is_subject(sentence, country)
            for verb in sentence.of("receive")
            for country in sentence.of("country")
            if country.entry.weight >= _LEAST_STATE
            if country.last <= count.first and country.entry.label not in own
        )
    return any(
        verb.last <= count.start <= verb.last + 2
        and (country := sentence.ending("country", verb.first)) is not None
        and country.entry.label not in own
        for verb in sentence.of("receive")
    )


def _is_subject(sentence: Sentence, country: Hit) -> bool:
    """As in "Çad, …" and "Çad hükümeti …": a country without a case ending that opens a clause."""
    opens = country.first == 0 or not sentence.words[country.first - 1][0].isalnum()
    place = country.last
    alone = sentence.words[place : place + 1] == [","] or sentence.at("state", place) is not None
    return opens and alone and not sentence.covering("org", country.first)


# How far behind a country in the genitive its part may end ("Lübnan'ın Akkar bölgesine"), in words.
_TO_PART = 5


def _owns_part(sentence: Sentence, country: Hit) -> bool:
    """Tell "Türkiye'nin …", which may lead into a part of the country, from "Türkiye sınırı"."""
    ending = sentence.at("suffix_role", country.last + 1)
    return sentence.language == "tr" and ending is not None and ending.entry.label == "context"


def _leads_into_part(sentence: Sentence, country: Hit, ending: Hit) -> bool:
    """As in "Suriye'den Lübnan'ın Akkar bölgesine": a part of a country, of people from another one."""
    if ending.entry.label != "context":
        return False
    others = any(
        hit.entry.label != country.entry.label and hit.last <= country.first
        for kind in ("country", "nation")
        for hit in sentence.of(kind)
    )
    ends = range(ending.last + 1, min(ending.last + _TO_PART, len(sentence.words)))
    return others and any(
        (role := sentence.ending(kind, place)) is not None and role.entry.label == "destination"
        for kind in ("role_after", "direction_case")
        for place in ends
    )


def _is_entered(sentence: Sentence, country: Hit) -> bool:
    if sentence.covering("org", country.first):
        return False
    if sentence.at("of_country", country.last) and not _owns_part(sentence, country):
        return False
    if sentence.language == "tr":  # Polonya'ya
        ending = sentence.at("suffix_role", country.last + 1)
        quoted = sentence.words[country.last : country.last + 1] == ["'"]
        if not quoted or ending is None:
            return False
        return ending.entry.label == "destination" or _leads_into_part(sentence, country, ending)
    first = country.first
    while step := sentence.ending("direction", first) or sentence.ending("skip", first):
        first = step.first  # "into eastern Sudan", "into neighbouring Chad"
    entered = sentence.ending("into_country", first)
    if entered is not None and entered.entry.label == "flight":
        return bool(sentence.of("flee_verb"))
    within = _tells_of_border(sentence, country) and _is_named_within(sentence, first)
    return entered is not None or within or _is_reached_from_other(sentence, country)


def _tells_of_border(sentence: Sentence, country: Hit) -> bool:
    """As in "crossed", "refugees", and as in "from Sudan arrived in Renk, South Sudan"."""
    if sentence.of("crossing"):
        return True
    for hit in sentence.of("country"):
        led = sentence.ending("role", hit.first)
        if led is not None and led.entry.label == "origin" and hit.entry.label != country.entry.label:
            return True
    return False


# How far before a country the verb of going to a place in it may stand, in words.
_TO_PLACE = 6


def _is_named_within(sentence: Sentence, country: int) -> bool:
    """As in "crossed into the Gambella region of Ethiopia", "crossed to Renk, South Sudan"."""
    if country == 0 or not (sentence.words[country - 1] == "," or sentence.ending("list_of", country)):
        return False
    for place in range(country - 1, max(country - _TO_PLACE, 0), -1):
        if sentence.ending("into_country", place) is not None:
            return True
        named = sentence.text[sentence.starts[place - 1]].isupper()
        if not named and not any(
            sentence.covering(kind, place - 1) for kind in ("area_after", "article", "direction", "list_of")
        ):
            return False
    return False


def _is_reached_from_other(sentence: Sentence, country: Hit) -> bool:
    """As in "passées du Liban en Syrie": another country stands right before the word for "into"."""
    into = sentence.ending("between_countries", country.first)
    left = sentence.ending("country", into.first) if into else None
    return left is not None and left.entry.label != country.entry.label

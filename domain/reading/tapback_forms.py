# ruff: noqa: RUF001  # the words are in some forty languages
"""The texts that iPhones send where tapbacks do not exist, in the languages of phones.

`%s` is the quoted message, `%e` the emoji. The texts are written as domain/reading/tapbacks.py
reads them: every quotation mark is `"`, every dash `-`, the first letter is a capital, and a final
full stop is left out. tests/data/tapbacks.json has the original texts with their sources.
"""

from collections.abc import Mapping

SEPARATOR = "|"

FORMS: Mapping[str, str] = {
    "love given": """
        Loved "%s" | Le encanta "%s" | Le encantó "%s" | Gostou de "%s" | Adorou "%s"
        A ajouté un " J"adore "à"%s" | A attribué la mention "Adore" à "%s" | "%s" ein Herz hinzugefügt
        Ha aggiunto un cuoricino a "%s" | Gaf een hartje aan "%s" | Dodano "serce"do"%s"
        Føjede et hjerte til "%s" | Satte et hjerte ved "%s" | Gav ett hjärta till "%s" | A adoré "%s"
    """,
    "like given": """
        Liked "%s" | Le gusta "%s" | Le gustó "%s" | Curtiu "%s" | Gostou de "%s" | A ajouté un " J"aime "à"%s"
        A attribué la mention "Aime" à "%s" | Gefällt: "%s" | Ha aggiunto "Mi piace"a"%s" | Vond "%s" leuk
        Dodano "kciuk w górę"do"%s" | Syntes om "%s" | Likte "%s" | Gillade "%s"
        K "%s" bylo přidáno označení líbí | Na "%s" bolo pridané označenie páči sa | Kedveli: "%s"
        A aprobat "%s" | Viestistä "%s" tykättiin | Понравилось "%s" | Подобається "%s" | Хареса "%s"
        Korisniku se sviđa "%s" | Element "%s"je označen kot"Všeč mi je" | Pažymėjo, kad patinka "%s"
        Του/Της αρέσει το "%s" | Li ha agradat "%s" | Beğenildi: "%s" | "%s"に"いいね"と応答
        "%s"에 좋아요 표시함 | 赞了：%s | 讚好"%s" | 喜歡"%s" | Đã thích "%s" | Menyukai "%s" | ถูกใจ "%s"
        ने "%s" को पसंद किया | وضع(ت) إعجابًا على "%s" | הוסיף/ה סימון "אהבתי"ל:"%s"
        A attribué la mention " J"aime "à"%s" | A aimé "%s"
    """,
    "dislike given": """
        Disliked "%s" | No le gusta "%s" | No le gustó "%s" | Não curtiu "%s" | Não gostou de "%s"
        A ajouté un " Je n"aime pas "à"%s" | A attribué la mention " N"aime pas "à"%s" | Gefällt nicht: "%s"
        Ha aggiunto "Non mi piace"a"%s" | Vond "%s" niet leuk | Dodano "kciuk w dół"do"%s" | Syntes ikke om "%s"
        Mislikte "%s" | Ogillade "%s" | K "%s" bylo přidáno označení nelíbí
        Na "%s" bolo pridané označenie nepáči sa | Nem kedveli: "%s" | A dezaprobat "%s"
        Viestistä "%s" ei tykätty | Не понравилось "%s" | Не подобається "%s" | Не хареса "%s"
        Korisniku se ne sviđa "%s" | Element "%s"je označen kot"Ni mi všeč" | Pažymėjo, kad "%s" nepatinka
        Δεν του/της αρέσει το "%s" | No li ha agradat "%s" | Beğenilmedi: "%s" | "%s"に"よくないね"と応答
        "%s"에 별로예요 표시함 | 踩了：%s | 不喜歡"%s" | Đã không thích "%s" | Tidak menyukai "%s"
        Menyahsuka "%s" | ไม่ถูกใจ "%s" | ने "%s" को नापसंद किया | وضع(ت) عدم إعجاب على "%s"
        הוסיף/ה סימון "לא אהבתי"ל:"%s" | N"a pas aimé "%s"
    """,
    "laugh given": """
        Laughed at "%s" | Le hace gracia "%s" | Le dio risa "%s" | Riu de "%s" | Riu-se de "%s"
        A ajouté un rire à "%s" | A attribué la mention "Rires" à "%s" | "%s" ein Lachen hinzugefügt
        Trova divertente "%s" | Lachte om "%s" | Dodano "śmiech"do"%s" | Grinede af "%s" | Lo av "%s"
        Skrattade åt "%s" | A ri de "%s"
    """,
    "emphasis given": """
        Emphasized "%s" | Le sorprende "%s" | Exclamó por "%s" | Enfatizou "%s"
        A ajouté des points d"exclamation à "%s" | A attribué la mention "Exclamation" à "%s"
        "%s" ein Ausrufezeichen hinzugefügt | Ha aggiunto i punti esclamativi a "%s" | Benadrukte "%s"
        Dodano "wykrzykniki"do"%s" | Føjede udråbstegn til "%s" | Satte utropstegn ved "%s" | Betonade "%s"
        Emphasised "%s" | A mis en évidence "%s"
    """,
    "question given": """
        Questioned "%s" | Duda sobre "%s" | Dudó sobre "%s" | Questionou "%s"
        A ajouté un point d"interrogation à "%s" | A attribué la mention "Question" à "%s"
        "%s" ein Fragezeichen hinzugefügt | Ha aggiunto il punto interrogativo a "%s"
        Zette een vraagteken bij "%s" | Dodano "znak zapytania"do"%s" | Føjede et spørgsmålstegn til "%s"
        Satte spørsmålstegn ved "%s" | Satte ett frågetecken på "%s" | A posé une question sur "%s"
    """,
    "emoji given": """
        Reacted %e to "%s" | Se ha reaccionado con %e a "%s" | Reaccionó con %e a "%s" | Reagiu com %e a "%s"
        Reagiu com "%e"a"%s" | A réagi avec %e à "%s" | A réagi %e à "%s" | Hat mit %e auf "%s" reagiert
        Ha reagito con %e a "%s" | Reageerde met %e op "%s" | Dodaje reakcję (%e) do "%s"
        Reagerede med %e på "%s" | Reagerte med %e på "%s" | Reagerade med %e på "%s"
    """,
    "sticker given": """
        Reacted with a sticker to "%s"
    """,
    "love taken back": """
        Removed a heart from "%s" | Ya no le encanta "%s" | Dejó de encantarle "%s" | Removeu um coração de "%s"
        A retiré son " J"adore "de"%s" | A retiré la mention "Adore" de "%s" | Herz von "%s" entfernt
        Ha rimosso il cuoricino da "%s" | Verwijderde een hartje van "%s" | Usunięto "serce"z"%s"
        Fjernede et hjerte fra "%s" | Fjernet et hjerte fra "%s" | Tog bort ett hjärta från "%s"
    """,
    "like taken back": """
        Removed a like from "%s" | Ya no le gusta "%s" | Dejó de gustarle "%s" | Removeu um curtiu de "%s"
        Removeu Gosto de "%s" | A retiré son " J"aime "de"%s" | A retiré la mention "Aime" de "%s"
        "Gefällt mir"von"%s" entfernt | Ha rimosso "Mi piace"da"%s" | Verwijderde een duim omhoog van "%s"
        Usunięto "kciuk w górę"z"%s" | Fjernede et synes om fra "%s" | Liker ikke lenger "%s"
        Tog bort ett gillande från "%s" | Z "%s" bylo odstraněno označení líbí
        Z "%s" bolo odstránené označenie páči sa | Eltávolított egy kedvelést erről: "%s"
        A eliminat o aprobare pentru "%s" | Viestistä "%s" poistettiin tykkäys | "Нравится"убрано с"%s"
        Вилучено "подобається"з"%s" | Премахна харесване от "%s" | Korisnik uklanja oznaku "Sviđa mi se"sa"%s"
        Z elementa "%s"je bila odstranjena oznaka"Všeč mi je" | Pašalino žymėjimą, kad patinka "%s"
        Αφαίρεσε το "μου αρέσει"από"%s" | Ja no li agrada "%s" | Beğendi işareti silindi: "%s"
        "%s"から"いいね"を削除 | "%s"에서 좋아요 표시 제거함 | 收回了赞：%s | 不再讚好"%s" | 已收回喜歡"%s"
        Đã xóa thích khỏi "%s" | Menghapus suka dari "%s" | Mengeluarkan suka daripada "%s" | เอาถูกใจออกจาก "%s"
        ने "%s" से पसंद को हटाया | أزال(ت) إعجابًا عن "%s" | הסיר/ה סימון "אהבתי"מ:"%s"
    """,
    "dislike taken back": """
        Removed a dislike from "%s" | Ya no le disgusta "%s" | Dejó de no gustarle "%s"
        Removeu um não curtiu de "%s" | Removeu Não gosto de "%s" | A retiré son " Je n"aime pas "de"%s"
        A retiré la mention " N"aime pas "de"%s" | "Gefällt mir nicht"von"%s" entfernt
        Ha rimosso "Non mi piace"da"%s" | Verwijderde een duim omlaag van "%s" | Usunięto "kciuk w dół"z"%s"
        Fjernede et synes ikke om fra "%s" | Misliker ikke lenger "%s" | Tog bort ett ogillande från "%s"
        Z "%s" bylo odstraněno označení nelíbí | Z "%s" bolo odstránené označenie nepáči sa
        Eltávolított egy nemtetszést erről: "%s" | A eliminat o dezaprobare pentru "%s"
        Viestistä "%s" poistettiin ei-tykkäys | "Не нравится"убрано с"%s" | Вилучено "не подобається"з"%s"
        Премахна нехаресване от "%s" | Korisnik uklanja oznaku "Ne sviđa mi se"sa"%s"
        Z elementa "%s"je bila odstranjena oznaka"Ni mi všeč" | Pašalino žymėjimą, kad nepatinka "%s"
        Αφαίρεσε το "δεν μου αρέσει"από"%s" | Ja no li desagrada "%s" | Beğenmedi işareti silindi: "%s"
        "%s"から"よくないね"を削除 | "%s"에서 별로예요 표시 제거함 | 收回了踩：%s | 取消不喜歡"%s"
        已收回不喜歡"%s" | Đã xóa không thích khỏi "%s" | Menghapus tidak suka dari "%s"
        Mengeluarkan nyahsuka daripada "%s" | เอาไม่ถูกใจออกจาก "%s" | ने "%s" से नापसंद को हटाया
        أزال(ت) عدم إعجاب عن "%s" | הסיר/ה סימון "לא אהבתי"מ:"%s"
    """,
    "laugh taken back": """
        Removed a laugh from "%s" | Ya no le hace gracia "%s" | Dejó de darle risa "%s"
        Removeu uma risada de "%s" | Removeu um riso de "%s" | A retiré son rire de "%s"
        A retiré la mention "Rires" de "%s" | Lachen von "%s" entfernt | Non trova più divertente "%s"
        Verwijderde een lach van "%s" | Usunięto "śmiech"z"%s" | Fjernede et grin fra "%s"
        Fjernet latter fra "%s" | Tog bort ett skratt från "%s"
    """,
    "emphasis taken back": """
        Removed an exclamation from "%s" | Ya no le sorprende "%s" | Dejó de exclamar por "%s"
        Removeu uma exclamação de "%s" | A retiré ses points d"exclamation de "%s"
        A retiré la mention "Exclamation" de "%s" | Ausrufezeichen von "%s" entfernt
        Ha rimosso i punti esclamativi da "%s" | Verwijderde een uitroepteken van "%s"
        Usunięto "wykrzykniki"z"%s" | Fjernede et udråbstegn fra "%s" | Fjernet et utropstegn fra "%s"
        Tog bort utropstecken från "%s" | Removed an exclamation mark from "%s"
    """,
    "question taken back": """
        Removed a question mark from "%s" | Ya no duda sobre "%s" | Dejó de dudar sobre "%s"
        Removeu um ponto de interrogação de "%s" | A retiré son point d"interrogation de "%s"
        A retiré la mention "Question" de "%s" | Fragezeichen von "%s" entfernt
        Ha rimosso il punto interrogativo da "%s" | Verwijderde een vraagteken van "%s"
        Usunięto "znak zapytania"z"%s" | Fjernede et spørgsmålstegn fra "%s" | Fjernet et spørsmålstegn fra "%s"
        Tog bort ett frågetecken från "%s"
    """,
    "emoji taken back": """
        Removed %e from "%s" | Ha eliminado %e de "%s" | Eliminó %e de "%s" | Removeu %e de "%s"
        A retiré %e de "%s" | A retiré la réaction %e de "%s" | Hat %e von "%s" entfernt | Ha rimosso %e da "%s"
        Verwijderde %e uit "%s" | Usuwa "%e"z"%s" | Fjernede %e fra "%s" | Fjernet %e fra "%s"
        Tog bort %e från "%s" | %e aus "%s" entfernt
    """,
}

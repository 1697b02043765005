//! Words that follow "my password is" in a sentence about passwords: "my password is not working" has no secret in it.

/// English.
const ENGLISH: &str = "\
    not wrong incorrect invalid correct right expired forgotten lost too no being still never always the a my also \
    ok okay fine reset required needed hacked stolen compromised leaked weak strong changed old new set rejected \
    refused accepted blocked locked missing unknown broken very so now just really only case asked what where how \
    it that this somehow something please pls different same shown visible saved stored safe secure long short \
    known unclear unavailable";

/// Indonesian.
const INDONESIAN: &str = "\
    salah tidak tak nggak gak belum sudah lupa saya yang hilang benar apa terlalu selalu masih bukan";

/// German.
const GERMAN: &str = "\
    nicht falsch richtig korrekt inkorrekt ungültig gültig abgelaufen vergessen verloren weg zu immer noch nie \
    schon auch der die das ein eine einfach mein dein ihr ok okay in im bei auf für mit von wie was wo wer warum \
    leider jetzt nun gesperrt geändert zurückgesetzt gehackt gestohlen bekannt unbekannt sicher unsicher stark \
    schwach lang kurz länger kürzer kaputt gespeichert neu alt abgelehnt akzeptiert erforderlich nötig notwendig \
    anders gleich dasselbe derselbe dieselbe identisch wirklich sehr so nur plötzlich angeblich verschwunden \
    sichtbar blockiert fehlerhaft unklar kompromittiert geleakt verfügbar definitiv bestimmt doch aber hier da \
    zwar eigentlich inzwischen seit laut nirgends bereits wohl eingegeben verschlüsselt durchgesickert erraten \
    öffentlich egal es er sie ich man gesetzt angekommen zurück bitte keine kein keins gar völlig ganz wieder \
    ständig momentan aktuell derzeit";

/// French.
const FRENCH: &str = "\
    pas plus ne faux fausse incorrect incorrecte correct correcte invalide valide expiré expirée expire oublié \
    oubliée perdu perdue trop toujours encore jamais déjà aussi le la les un une mon ma mes ok bon bonne mauvais \
    mauvaise dans en sur à au avec pour par comme que qui quoi où comment bloqué bloquée changé changée modifié \
    réinitialisé piraté piratée volé volée compromis connu inconnu sûr sécurisé fort forte faible long longue \
    court courte refusé rejeté accepté demandé requis obligatoire nécessaire différent différente identique même \
    vraiment très si seulement soudainement enregistré visible affiché stocké indisponible maintenant \
    malheureusement bien celui ce cela il elle je vous nous on introuvable manquant périmé";

/// Spanish.
const SPANISH: &str = "\
    no nunca ya incorrecta incorrecto correcta correcto inválida inválido válida válido vencida vencido caducada \
    caducado olvidada olvidado perdida perdido muy demasiado siempre todavía aún también la el los las un una mi \
    tu su ok buena mala en con para por de del como que qué cuál dónde bloqueada bloqueado cambiada cambiado \
    modificada restablecida hackeada hackeado robada robado comprometida conocida desconocida segura seguro \
    insegura fuerte débil larga largo corta corto rechazada rechazado aceptada pedida requerida obligatoria \
    necesaria diferente distinta igual misma mismo realmente tan solo sólo guardada visible mostrada nueva nuevo \
    vieja antigua ahora lamentablemente eso esto esa esta lo le se me yo usted errónea erróneo equivocada filtrada";

/// Not the rest of a sentence about passwords. Japanese and Chinese need no list: there a secret is what is written in Latin
/// letters.
pub(super) fn is_password(text: &str) -> bool {
    let word = text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let is_ordinary = || {
        [ENGLISH, INDONESIAN, GERMAN, FRENCH, SPANISH]
            .iter()
            .any(|words| words.split_whitespace().any(|ordinary| ordinary == word))
    };
    !word.is_empty() && !text.starts_with('[') && !is_ordinary()
}

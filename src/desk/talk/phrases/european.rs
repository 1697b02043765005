//! German, French and Spanish, with and without their accents: many type none. Apostrophes are gone when patterns see a
//! text, so "c'est" is `cest` and "m'a" is `ma`.

use super::Phrases;

pub(super) static GERMAN: Phrases = Phrases {
    lang: "de",
    hello: &[
        r"hallo(?: zusammen| liebes team| ihr lieben)?|hallöchen",
        r"(?:einen )?(?:sch[öo]e?nen guten|sch[öo]e?nen|guten) (?:tag|morgen|abend)(?: auch)?",
        r"gr[üu]e?(?:ß|ss)(?: gott| dich| sie|e)?",
        r"moin(?: moin)?|servus|gr[üu]e?zi|hey|huhu",
        r"sehr geehrte damen und herren",
        r"wie geht(?: e?s)?(?: dir| ihnen)?",
        r"(?:ist )?(?:jemand|wer) da",
    ],
    thanks: &[
        r"(?:ok(?:ay)?|alles klar|super|prima|perfekt|toll|klasse|gut|sehr gut|sch[öo]e?n|in ordnung|verstanden|verstehe|passt|genau|wunderbar|spitze|supi)",
        r"(?:vielen |herzlichen |besten |tausend |lieben |ok )?dank(?: auch| f[üu]e?r (?:die|ihre|deine) (?:schnelle )?(?:hilfe|antwort|ausk[uü]e?nft))?",
        r"danke?(?: sch[öo]e?n| sehr| dir| ihnen| euch| vielmals| im voraus| f[üu]e?r (?:die|ihre|deine) (?:schnelle )?(?:hilfe|antwort|auskunft))*",
        r"dankesch[öo]e?n|merci",
        r"tsch[üu]e?(?:ss|ß)(?:i)?|auf wiedersehen|bis (?:dann|bald|sp[äa]e?ter)|ciao|sch[öo]e?nen (?:tag|abend)(?: noch)?|sch[öo]e?nes wochenende",
        r"(?:ich habe |habe )?keine (?:weiteren )?fragen(?: mehr)?|das wars(?: schon)?",
    ],
    robot: &[
        r"(?:sind sie|bist du|seid ihr|ist das|ist dies|ist hier) (?:hier )?(?:denn |eigentlich |wirklich |nur )*(?:ein |eine |eine? )?(?:echte[rs]? |richtige[rs]? |reale[rs]? )?{machine_de}(?: oder (?:ein |eine )?(?:echte[rs]? |richtige[rs]? )?{machine_de})?",
        r"(?:spreche|schreibe|rede|chatte) ich (?:hier |jetzt |gerade |denn |eigentlich |wirklich )*mit (?:einem |einer )?(?:echten |richtigen |realen )?{machine_de}(?: oder (?:mit )?(?:einem |einer )?(?:echten |richtigen )?{machine_de})?",
        r"(?:wer|was) (?:sind sie|bist du)(?: denn| eigentlich)?",
    ],
    no_help: &[
        r"(?:das|dies|es|die antwort|ihre antwort)? ?(?:hat|hatte) (?:mir |uns )?(?:leider |auch |[üu]e?berhaupt |gar |immer noch |noch )*(?:nicht|nichts|nix|nicht wirklich|kaum) (?:geholfen|gebracht|gel[öo]e?st|funktioniert|geklappt|ge[äa]e?ndert|weitergeholfen|beantwortet)",
        r"(?:das|dies|es|die antwort)? ?(?:hilft|n[üu]e?tzt|bringt|l[öo]e?st) (?:mir |uns )?(?:mein problem |das problem )?(?:leider |auch |[üu]e?berhaupt |gar |immer noch |noch |so )*(?:nicht|nichts|nix|kaum)(?: weiter)?",
        r"(?:das|dies|es)? ?(?:funktioniert|geht|klappt|l[äa]e?uft|stimmt) (?:bei mir )?(?:leider |auch |[üu]e?berhaupt |gar |immer noch |noch immer |noch |weiterhin |so |jetzt )*nicht(?: mehr)?(?: bei mir)?",
        r"(?:das |mein )?(?:problem|es|das) (?:ist|wurde|wird) (?:damit |so |leider |noch |immer noch |dadurch )*(?:nicht|ungel[öo]e?st)(?: gel[öo]e?st| behoben| erledigt)?",
        r"(?:das |mein )?problem (?:besteht|bleibt) (?:leider |immer noch |noch immer |noch |weiterhin )*(?:weiter(?:hin)?|bestehen)?",
        r"(?:leider |immer noch |noch immer |noch |weiterhin |gar |[üu]e?berhaupt )*(?:nicht|nichts) (?:gel[öo]e?st|hilfreich|geholfen|funktioniert|geklappt|behoben)",
        r"(?:leider |immer noch )?(?:noch|immer noch|leider) nicht",
        r"(?:das|es)(?: ist| war)? (?:leider |auch )*(?:nicht hilfreich|nutzlos|falsch|unn[üu]e?tz|keine (?:hilfe|antwort)(?: auf meine frage)?|die falsche antwort|nicht,? (?:das,? )?was ich (?:wissen wollte|meine|meinte|gefragt habe|suche|brauche))",
        r"falsche antwort|keine hilfe|nicht hilfreich|nutzlos",
        r"(?:das |danach )?(?:habe? ich (?:so )?nicht (?:gefragt|gemeint)|meinte? ich nicht)",
        r"(?:immer noch|noch immer|weiterhin) (?:dasselbe|das gleiche|derselbe fehler|der gleiche fehler|kaputt|nichts)(?: problem)?",
    ],
    regret: &[
        r"nein|nee|n[öo]",
        r"aber|und|doch",
        r"leider|schade",
        r"sorry|entschuldigung|tut mir leid",
        r"hm+",
        r"(?:das )?habe? ich (?:schon |bereits )?(?:versucht|probiert)",
    ],
    // No nicht, no kein, no "ein bisschen", no "glaube ich" fits in here.
    helped: &[
        r"(?:das|dies|es|die antwort|ihre antwort|deine antwort)? ?hat (?:mir |uns )?(?:sehr |wirklich |super |gut |echt )*(?:geholfen|weitergeholfen|geklappt|funktioniert)",
        r"(?:das|dies) hilft (?:mir )?(?:sehr|weiter|wirklich)(?: weiter)?",
        // "Es geht" and "läuft" alone are "so-so" and "fine"; "funktioniert es" is a question.
        r"(?:(?:das|es|jetzt|nun|alles) )?(?:funktioniert|klappt)(?: (?:jetzt|nun|wieder|alles|einwandfrei|super|prima|perfekt|wunderbar|gut))*",
        r"(?:jetzt|nun) (?:funktioniert|klappt|geht|l[äa]e?uft) (?:es|alles|das|wieder)(?: (?:wieder|einwandfrei|super|prima|perfekt|gut))*",
        r"(?:(?:das|es|alles) )?(?:geht|l[äa]e?uft)(?: (?:jetzt|nun|wieder))+",
        r"(?:das |mein )?(?:problem|es|das|alles)(?: ist| wurde| hat sich)?(?: jetzt| nun| damit| schon| bereits)* (?:gel[öo]e?st|behoben|erledigt|gekl[äa]e?rt|beantwortet)",
        r"(?:das )?hat (?:sich )?(?:das |mein )?(?:problem |meine frage |sich )?(?:gel[öo]e?st|behoben|erledigt|gekl[äa]e?rt|beantwortet)",
        r"(?:meine )?frage (?:ist )?(?:gekl[äa]e?rt|beantwortet)",
        r"(?:gel[öo]e?st|behoben|geschafft|(?:sehr |wirklich )hilfreich)",
        r"(?:das (?:ist|war) )?genau (?:das,? )?was ich (?:gesucht habe|brauchte|brauche|wissen wollte)",
        r"(?:ich )?habe?(?: ich)? (?:es|sie|ihn) (?:jetzt |nun )?(?:gefunden|geschafft|hinbekommen)",
    ],
    gladness: &[r"ja(?:wohl)?|jep|jo", r"oh+|ah+|wow|juhu", r"endlich|tats[äa]e?chlich"],
    secret: &[
        r"hallo|guten tag|bitte|hier|das|dies(?:e|er|es)?|ist|sind|lautet|war|meine?[nrms]?|der|die|dem|den|und|von|zu|f[üu]r|alte?[nrs]?|neue?[nrs]?|aktuelle[nrs]?",
        r"karten?|kreditkarten?|kredit|nummer|nr|g[üu]ltig|bis|konto|bank|passwort|kennwort|passw|geheimzahl|code|sicherheits|best[äa]tigungs|verifizierungs|einmal|anmelde|zugangs|pr[üu]fnummer|pr[üu]fziffer|tan",
    ],
};

pub(super) static FRENCH: Phrases = Phrases {
    lang: "fr",
    hello: &[
        r"(?:re)?bonjour(?: [àa] (?:tous|vous))?|bjr",
        r"bonsoir|salut|coucou|all[ôo]|hello",
        r"(?:comment (?:allez[ -]vous|vas[ -]tu|[çc]a va)|[çc]a va)(?: bien)?",
        r"madame|monsieur|messieurs|mesdames|l[ée]quipe",
        r"(?:il y a|ya|y a[ -]t[ -]il) quelquun|vous [êe]tes l[àa]",
    ],
    thanks: &[
        r"(?:ok(?:ay)?|daccord|parfait|super|g[ée]nial|tr[èe]s bien|bien|bon|entendu|compris|cest (?:not[ée]|compris|bon|parfait)|je (?:vois|comprends)|[çc]a marche|impeccable|nickel|excellent|top)",
        r"(?:un grand |grand |mille |ok )?merci(?: beaucoup| bien| infiniment| encore| [àa] vous| [àa] toi| davance| mille fois| (?:pour|de) (?:votre|ton|ta|la) (?:aide|r[ée]ponse|rapidit[ée]))*|mci",
        r"je vous remercie(?: beaucoup| pour votre (?:aide|r[ée]ponse))?|remerciements",
        r"au revoir|[àa] bient[ôo]t|bonne (?:journ[ée]e|soir[ée]e|continuation)|bonne fin de journ[ée]e|ciao",
        r"(?:cest tout|plus de questions?|je nai plus de questions?|rien dautre)",
    ],
    robot: &[
        r"(?:est[ -]ce que )?(?:[êe]tes[ -]vous|es[ -]tu|vous [êe]tes|tu es|tes|est[ -]ce|cest) (?:vraiment |bien |seulement )*(?:un |une )?(?:vrai |vraie )?{machine_fr}(?: r[ée]elle?)?(?: ou (?:bien )?(?:un |une )?(?:vrai |vraie )?{machine_fr}(?: r[ée]elle?)?)?",
        r"(?:est[ -]ce que )?(?:je parle|je discute|suis[ -]je en train de parler|parl[ée][ -]je|je suis en train de parler) (?:vraiment |bien )*(?:[àa]|avec) (?:un |une )?(?:vrai |vraie )?{machine_fr}(?: ou (?:[àa] |avec )?(?:un |une )?(?:vrai |vraie )?{machine_fr})?",
        r"qui (?:[êe]tes[ -]vous|es[ -]tu)",
    ],
    no_help: &[
        r"(?:[çc]a|cela|ceci|la r[ée]ponse|votre r[ée]ponse)? ?(?:ne |n)?(?:ma|a|avait) (?:toujours |vraiment |malheureusement |encore )*(?:pas|rien) (?:du tout )?(?:vraiment )?(?:aid[ée]|march[ée]|fonctionn[ée]|r[ée]solu|chang[ée]|r[ée]pondu|servi)(?: (?:le|mon) probl[èe]me| [àa] ma question)?",
        r"(?:[çc]a|cela|ceci) (?:ne )?(?:maide|naide|aide|marche|fonctionne|r[ée]pond|r[ée]sout|sert|change|r[èe]gle) (?:toujours |malheureusement |vraiment |encore )*(?:pas|rien|plus|[àa] rien)(?: du tout)?(?: (?:le|mon) probl[èe]me| [àa] ma question)?",
        r"(?:cest|ce nest|[çc]a nest|le probl[èe]me (?:nest|est)|mon probl[èe]me (?:nest|est)|probl[èe]me) (?:toujours |encore |malheureusement )*(?:pas|non) (?:encore |du tout |toujours )*(?:r[ée]solu|r[ée]gl[ée]|utile|[çc]a|cela|ce que (?:jai demand[ée]|je (?:demande|demandais|voulais|cherche|cherchais|veux))|la (?:bonne )?r[ée]ponse)",
        r"(?:toujours |encore |malheureusement )*pas (?:encore )?(?:r[ée]solu|r[ée]gl[ée]|utile|march[ée]|aid[ée])|(?:toujours|malheureusement|encore) pas|pas encore",
        r"(?:le |mon |jai )?(?:toujours )?(?:le )?(?:m[êe]me )?probl[èe]me (?:persiste|demeure|est toujours l[àa]|continue|existe toujours)(?: toujours| encore)?",
        r"(?:jai )?toujours (?:le m[êe]me probl[èe]me|la m[êe]me (?:erreur|chose)|rien|en panne)|rien (?:ne change|na chang[ée])|m[êe]me probl[èe]me",
        r"(?:cest )?(?:inutile|faux|mauvaise r[ée]ponse|la mauvaise r[ée]ponse)|aucune aide|[çc]a na aucun rapport",
    ],
    regret: &[
        r"non",
        r"mais|et|or",
        r"d[ée]sol[ée]e?|pardon|malheureusement|h[ée]las|dommage",
        r"hm+|euh|bah|ben",
        r"jai (?:d[ée]j[àa] )?essay[ée](?: [çc]a)?",
        r"pour moi|du tout",
    ],
    // "Ça marche" alone is as good as "all right"; it takes a "now" to say that something works. No pas and no "un peu".
    helped: &[
        r"(?:[çc]a|cela|ceci|la r[ée]ponse|votre r[ée]ponse|vous) (?:ma|mavez) (?:bien |beaucoup |vraiment |[ée]norm[ée]ment )*aid[ée]e?(?: beaucoup)?",
        r"(?:[çc]a|cela|tout)? ?(?:marche|fonctionne|remarche|refonctionne) (?:(?:bien|maintenant|d[ée]sormais|[àa] nouveau|de nouveau|enfin|parfaitement|tr[èe]s bien|nickel|impeccable) ?)+",
        r"(?:[çc]a|cela|tout) (?:remarche|fonctionne|refonctionne)",
        r"(?:maintenant|enfin|d[ée]sormais) (?:[çc]a|cela|tout) (?:marche|fonctionne)(?: bien| parfaitement)?",
        r"(?:[çc]a|cela) a (?:bien |enfin |parfaitement )*(?:march[ée]|fonctionn[ée])",
        r"(?:(?:[çc]a|cela) a )?(?:tout )?(?:r[ée]solu|r[ée]gl[ée]) (?:le|mon) probl[èe]me",
        r"(?:cest|(?:le |mon )?probl[èe]me(?: est| a [ée]t[ée])?|tout est) (?:maintenant |enfin |d[ée]sormais |bien )*(?:r[ée]solu|r[ée]gl[ée])(?: maintenant)?",
        r"r[ée]solu|réglé",
        r"(?:[çc]a|cela) (?:a )?(?:bien )?(?:r[ée]pondu|r[ée]pond) (?:parfaitement |bien )*[àa] ma question",
        r"(?:cest|c[ée]tait) (?:tr[èe]s|vraiment) utile|tr[èe]s utile",
        r"(?:cest |c[ée]tait )?(?:exactement )?ce que je (?:cherchais|voulais(?: savoir)?)|(?:cest |c[ée]tait )?exactement ce quil me fallait",
        r"(?:cest bon|jai trouv[ée]|jai r[ée]ussi|jy suis arriv[ée]e?)(?: maintenant)",
        r"jai (?:enfin |bien )?(?:trouv[ée]|r[ée]ussi)|jy suis arriv[ée]e?",
    ],
    gladness: &[r"oui|ouais", r"oh+|ah+|wow|youpi", r"enfin|effectivement|en effet"],
    secret: &[
        r"bonjour|svp|sil vous pla[îi]t|voici|voil[àa]|ceci|cest|cela|le|la|les|mon|ma|mes|est|sont|[ée]tait|de|du|des|et|ancien(?:ne)?|nouveau|nouvelle|actuel(?:le)?|mot|passe|mdp",
        r"carte|bancaire|bleue|cr[ée]dit|num[ée]ro|n°|num|compte|date|expiration|valable|cryptogramme|visuel|code|s[ée]curit[ée]|v[ée]rification|confirmation|connexion|validation|secret|re[çc]u|usage|unique|[àa]|cl[ée]|acc[èe]s",
    ],
};

pub(super) static SPANISH: Phrases = Phrases {
    lang: "es",
    hello: &[
        r"hola+(?: a todos| equipo| buenas)?|holi",
        r"buen(?:[oa]s)? (?:d[ií]as?|tardes|noches)|buenas|muy buenas|saludos",
        r"(?:c[óo]mo est[áa](?:s|n)?|qu[ée] tal|c[óo]mo va(?: todo)?)(?: hoy)?",
        r"hay alguien(?: ah[íi]| aqu[íi])?|est[áa](?:s|n) ah[íi]",
        r"disculpe|perd[óo]n|estimados(?: se[ñn]ores)?",
    ],
    thanks: &[
        r"(?:ok(?:ey|ay)?|vale|perfecto|genial|bien|muy bien|de acuerdo|entendido|entiendo|estupendo|excelente|listo|b[áa]rbaro|claro|bueno|[óo]ptimo)",
        r"(?:muchas |much[íi]simas |mil |ok )?gracias(?: a usted| a ti| de nuevo| por (?:su|tu|la) (?:ayuda|respuesta|atenci[óo]n)| de antemano| igualmente)*",
        r"(?:se |le |te |os |les )agradezco(?: mucho)?|muy amable|agradecid[oa]",
        r"adi[oó]s|hasta (?:luego|pronto|ma[ñn]ana|la vista)|chao|chau|nos vemos|(?:que tenga |que tengas )?(?:un )?buen d[íi]a",
        r"(?:eso es todo|nada m[áa]s|no tengo m[áa]s preguntas|ninguna otra pregunta)",
    ],
    robot: &[
        r"(?:pero )?(?:es usted|usted es|eres|t[uú] eres|eres t[uú]|es|esto es|es esto|son ustedes|sois) (?:realmente |de verdad )?(?:un |una )?(?:verdader[oa] )?{machine_es}(?: real| de verdad)?(?: o (?:es |eres )?(?:un |una )?(?:verdader[oa] )?{machine_es}(?: real| de verdad)?)?",
        r"(?:estoy |estar[ée] )?(?:hablando|hablo|chateando) con (?:un |una )?(?:verdader[oa] )?{machine_es}(?: real| de verdad)?(?: o (?:con )?(?:un |una )?{machine_es}(?: real)?)?",
        r"qui[ée]n (?:es usted|eres|es)",
    ],
    no_help: &[
        r"(?:eso|esto|la respuesta|su respuesta)? ?(?:todav[íi]a |a[úu]n |sigue |ya |tampoco )*(?:no|tampoco) (?:me |nos )?(?:lo )?(?:ayuda|ayud[oó]|ha ayudado|sirve|sirvi[óo]|ha servido|funciona|funcion[óo]|ha funcionado|resuelve|resolvi[óo]|ha resuelto|soluciona|solucion[óo]|ha solucionado|responde|respondi[óo]|contesta|arregl[óo])(?: (?:nada|de nada|para nada|todav[íi]a|a[úu]n))?(?: (?:el|mi) problema| (?:a )?mi pregunta)?",
        r"(?:sigue|contin[úu]a|todav[íi]a|a[úu]n) (?:sin (?:funcionar|resolver(?:se)?|solucionar(?:se)?|solucionado|cambios)|igual|fallando|roto|(?:con )?el (?:mismo )?problema|dando (?:el mismo )?error)",
        r"(?:el |mi )?problema (?:sigue|persiste|contin[úu]a|no (?:est[áa]|ha sido|se ha|qued[óo])) ?(?:ah[íi]|igual|resuelto|solucionado|arreglado|sin resolver)?",
        r"(?:todav[íi]a |a[úu]n )?no (?:est[áa]|qued[óo]|ha quedado|se ha) (?:resuelto|solucionado|arreglado)(?: (?:todav[íi]a|a[úu]n))?",
        r"(?:todav[íi]a|a[úu]n) no|no (?:resuelto|solucionado)|sin resolver|sin soluci[óo]n",
        r"(?:eso |esto )?no (?:es|era) (?:eso|lo que (?:pregunt[ée]|ped[íi]|quer[íi]a|quiero|busco|buscaba|necesito)|la respuesta|[úu]til|correcto)",
        r"(?:eso |esto )?(?:es |fue )?(?:in[úu]til|incorrecto|respuesta (?:equivocada|incorrecta)|la respuesta equivocada)|ninguna ayuda|de nada sirve|no (?:hay|tuve) (?:suerte|manera)|no ayuda(?: nada)?",
    ],
    regret: &[
        r"no|tampoco",
        r"pero|y|aunque",
        r"lo siento|perd[óo]n|lamentablemente|desgraciadamente|por desgracia",
        r"hm+|mmm+|pues|bueno",
        r"ya lo (?:prob[ée]|intent[ée]|he (?:probado|intentado))",
        r"para nada|en absoluto",
    ],
    // No "no", no "un poco", no "creo" fits in here.
    helped: &[
        r"(?:eso|esto|la respuesta|su respuesta|tu respuesta|usted)? ?(?:me|nos) (?:ha )?(?:ayudado|ayud[óo]|servido|sirvi[óo])(?: mucho| bastante| much[íi]simo)?",
        r"(?:eso|esto) (?:me |nos )?(?:ayuda|sirve)(?: mucho| bastante)?",
        r"(?:(?:ya|ahora|eso|esto|todo|por fin) )*(?:funciona|funcion[óo]|ha funcionado)(?: (?:ya|ahora|bien|perfectamente|de nuevo|otra vez|correctamente|todo))*",
        r"(?:(?:ya|ahora|todo|el problema|mi problema|problema|eso|esto) )*(?:est[áa] |qued[óo] |se ha |ha quedado |ha sido )?(?:resuelto|solucionado|arreglado)(?: ya)?",
        r"(?:ya )?(?:(?:eso|esto) )?(?:lo |me lo |se |ha )*(?:resolvi[óo]|solucion[óo]|arregl[óo]|resolv[íi]|solucion[ée]|resuelto|solucionado)(?: (?:el|mi) problema| todo)?",
        r"(?:eso |esto )?(?:ha )?(?:respondi[óo]|respondido|contest[óo]|resolvi[óo]) (?:a )?mi (?:pregunta|duda)",
        r"(?:ya (?:lo encontr[ée]|lo he encontrado|lo logr[ée]|lo consegu[íi]|pude|he podido|qued[óo]|est[áa] (?:listo|resuelto)))",
        r"(?:ha sido |fue |es )?(?:muy|realmente) [úu]til",
        r"(?:eso |esto )?(?:es |era )?(?:justo|exactamente) (?:eso|lo que (?:necesitaba|buscaba|quer[íi]a(?: saber)?))",
    ],
    // "Si funciona" is "if it works".
    gladness: &[r"sí|si,", r"oh+|ah+|guau|uf+", r"por fin|efectivamente|ahora s[íi]"],
    secret: &[
        r"hola|por favor|aqu[íi]|est[ea]s?|est[áa]|esto|es|son|era|mis?|el|la|los|las|de|del|y|antigu[oa]|nuev[oa]|actual|contrase[ñn]a|clave|acceso",
        r"tarjeta|cr[ée]dito|d[ée]bito|n[úu]mero|n[º°]|cuenta|bancaria|fecha|caducidad|vence|c[óo]digo|seguridad|verificaci[óo]n|confirmaci[óo]n|autenticaci[óo]n|un solo uso|secret[oa]|recibido",
    ],
};

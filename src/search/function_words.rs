//! Words that carry grammar and no subject, in the seven languages that the pages speak: nobody writes an article about them.
//!
//! The analyzer's own lists are short, because what they hold changes how articles are ranked; these may grow as needed. They are
//! for what people read (which words an article lacks) and for telling one language from another.

use std::{collections::HashSet, sync::LazyLock};

use super::analyze::{fold, is_filler, is_stop_word};

static LISTS: LazyLock<[(&str, HashSet<&str>); 7]> = LazyLock::new(|| {
    [
        ("en", EN),
        ("id", ID),
        ("de", DE),
        ("fr", FR),
        ("es", ES),
        ("ja", JA),
        ("zh", ZH),
    ]
    .map(|(lang, words)| (lang, words.split_ascii_whitespace().collect()))
});

/// Whether a word is one that tells no subject in this language.
pub fn is_function_word(word: &str, lang: &str) -> bool {
    let mut folded = fold(word);
    folded.retain(|c| !matches!(c, '\'' | '\u{2019}' | '\u{02BC}'));
    let list = LISTS.iter().find(|(of, _)| *of == lang);
    is_stop_word(&folded, lang)
        || is_filler(&folded, lang)
        || list.is_some_and(|(_, words)| words.contains(folded.as_str()))
}

// Folded; a test keeps them so.
const EN: &str = "
about above after again against all almost alone along already also although always am among an and another any
anybody anyone anything anyway anywhere are arent around as at away be became because become been before behind
being below between both but by came can cannot cant come could couldnt did didnt do does doesnt doing done dont
down during each either else enough etc even ever every everybody everyone everything except few for from
further gave get gets getting give given go goes going gone got had hadnt has hasnt have havent having he hello
her here hers herself hey hi him himself his how however i id if ill im in instead into is isnt it itd itll its
itself ive just know least less let lets like likely made make makes making many may maybe me might mine more
most much must my myself need needed needs neither never no nobody none nor not nothing now of off often ok okay
on once one ones only onto or other others otherwise our ours ourselves out over perhaps please put rather
really said same say says see seem seems seen several shall she should shouldnt since so some somebody someone
something sometimes somewhere soon still such sure tell than thank thanks that thats the their theirs them
themselves then there therefore theres these they theyre theyve thing things this those though through thus till
to told too toward towards tried tries try trying u under unless until up upon ur us usually very via want
wanted wants was wasnt way we well went were werent weve what whatever whats when whenever where wheres whether
which while who whoever whole whom whos whose why will with within without wont would wouldnt yes yet you youd
youll your youre yours yourself youve
";
const ID: &str = "
ada adakah adalah agak agar akan akankah aku alangkah amat anda antar antara apa apabila apakah apalagi atas
atau ataukah ataupun bagai bagaimana bagaimanakah bagi bahkan bahwa baik banget banyak baru bawah beberapa
begini begitu belum benar berapa berapakah berikut bersama betul biar biasa biasanya bila bisa bisakah boleh
bolehkah buat bukan bukankah cukup cuma dalam dan dapat dapatkah dari daripada demi demikian dengan depan di dia
diri dong dulu enggak entah gak gimana hai hal halo hampir hanya harap harus haruskah hendak hingga ia ialah
ingin ini itu iya jadi jangan jangankan jika jikalau juga justru kadang kah kak kalau kali kalian kalo kami kamu
kan kapan karena ke kemana kemudian kenapa kepada ketika khusus kini kita kok ku kurang lagi lah lain lainnya
lalu lama lebih lewat maaf maka makin malah mana manakah masih masing mau maupun melalui memang mengapa menjadi
menurut mereka meski meskipun mirip misal misalnya mohon mu mulai mungkin namun nanti ngga nggak nih nya oleh
pada padahal paling para pasti per perlu permisi pernah pertama pun punya saat saja sama sambil sampai sana
sangat satu saya se sebab sebagai sebelum sebuah sedang sedangkan sehingga sejak sekali sekarang sekitar selain
selalu selama seluruh semua sendiri seorang seperti sering serta sesuatu sesudah setelah setiap siapa siapakah
silakan sini situ suatu sudah sudahkah supaya tadi tak tanpa tapi telah tentang terhadap terima terlalu tersebut
tertentu terus tetap tetapi tiap tidak tidakkah toh tolong udah untuk wah walau walaupun ya yaitu yakni yang yg
";
const DE: &str = "
ab aber alle allem allen aller alles als also am an andere anderen anderer anderes auch auf aus ausser ausserdem
bei beide beim bereits bevor bin bis bisher bist bitte bzw da dabei dafur dagegen daher dahin damit danach
daneben dank danke dann daran darauf daraus darf darin daruber darum das dass davon davor dazu dein deine deinem
deinen deiner dem den denen denn dennoch der deren des deshalb dessen die dies diese diesem diesen dieser dieses
doch dort du durch durfen eben ebenfalls ein eine einem einen einer eines einfach einige einmal er erst es etwa
etwas euch euer eure euren eurer falls fast fur ganz gar geben gegen gehen gehort geht gemacht genau genug
gerade gern gerne gibt ging gleich gut hab habe haben habt hallo hast hat hatte hatten hattest heute hier hin
hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in indem ins irgendwie ist ja jede jedem jeden
jeder jedes jedoch jemand jetzt kam kann kannst kein keine keinem keinen keiner komme kommen kommt konnen konnt
konnte konnten lange lasse lassen lasst leider mache machen macht mal man manche mehr mein meine meinem meinen
meiner meines mich mir mit mochte mochten moglich muss mussen musste mussten nach nachdem naturlich neben nein
nicht nichts nie niemand noch nun nur ob obwohl oder oft ohne schon sehr sei seid sein seine seinem seinen
seiner seit sich sie sind so sobald sofort sogar solange solch solche soll sollen sollte sollten sonst sowie
statt trotzdem tun tut uber uberhaupt um und uns unser unsere unserem unseren unserer unter viel viele vielen
vielleicht vom von vor vorher wahrend wann war ware waren warum was weder weg wegen weil weit weiter weitere
welche welchem welchen welcher welches wem wen wenn wer werde werden weshalb wessen wie wieder wieso wieviel
will willst wir wird wirklich wo wobei wodurch wofur woher wohin wohl wollen wollte womit woran worauf wurde
wurden zu zum zur zwar zwischen
";
const FR: &str = "
a afin ai ainsi alors apres as assez au aucun aucune aujourd auquel aussi aussitot autre autres aux auxquels
avais avait avant avec avez avoir avons beaucoup bien bientot bon bonjour c ca car ce ceci cela celle celles
celui cependant certain certaine ces cet cette ceux chaque chez ci combien comme comment d dans de dedans dehors
deja depuis des desormais dessous dessus deux devant devez devoir devrais devrait dois doit doivent donc donner
dont du durant elle elles en encore enfin ensuite entre envers es est et etaient etais etait etant etc ete etes
etiez etre eu eux faire fais faisait fait faites faut fois font hors hui ici il ils j jamais je jusqu jusque l
la laquelle le lequel les lesquelles lesquels leur leurs lors lorsqu lorsque lui m ma maintenant mais malgre me
meme memes merci mes mets mettre mien mieux moi moins mon n ne ni non nos notre nous on ont or ou oui par parce
parfois parmi pas pendant peu peut peuvent peux plupart plus plusieurs plutot possible pour pourquoi pourrais
pourrait pouvez pouvoir pouvons pres presque puis puisque puisse qu quand que quel quelle quelles quelqu quelque
quelques quels qui quoi rien s sa sans sauf se selon sera serai serait seront ses seul si sien sinon soi soient
sois soit sommes son sont souhaite sous souvent suis sur surtout t ta tant te tel telle tellement tes toi ton
toujours tous tout toute toutes tres trop tu un une va vais vas vers veut veux voici voila vont vos votre
voudrais voulez vouloir vous vraiment y
";
const ES: &str = "
a acaso ademas ahi ahora al algo alguien algun alguna algunas alguno algunos alla alli ambos ante antes apenas
aquel aquella aquello aquellos aqui asi aun aunque ayuda bajo bastante bien buenas bueno buenos cada casi como
con conmigo contra cosa cosas cual cuales cualquier cualquiera cuando cuanta cuanto cuantos cuyo da dado dan dar
de debe deben deber debo decir del demas dentro desde despues donde dos durante e el ella ellas ello ellos en
encima entonces entre era eran eres es esa esas ese eso esos esta estaba estado estais estamos estan estar estas
este esto estos estoy fin fue fuera fueron gracias gustaria ha haber habia hace hacen hacer hacia hago han has
hasta hay haya he hecho hemos hola hoy iba igual incluso ir jamas junto la las le les lo los luego mas me
mediante mejor menos mi mia mientras mio mis misma mismo mucha muchas mucho muchos muy nada nadie necesita
necesito ni ningun ninguna ninguno no nos nosotros nuestra nuestras nuestro nuestros nunca o os otra otras otro
otros para parece parte pero poca poco pocos podemos poder podria podrian por porque posible primero pude puede
pueden puedo pues que quien quienes quiere quiero quisiera quiza quizas saber se sea sean segun ser sera seria
si sido siempre siendo sin sino sirve so sobre solamente solo somos son soy su sus suya suyo tal tales tambien
tampoco tan tanto te tenemos tener tengo ti tiene tienen toda todas todavia todo todos tras tu tus tuyo u un una
unas uno unos usted ustedes va vamos van varias varios ver vez voy y ya yo
";
const JA: &str = "
お願い どう 下 下さい 事 今 何 何故 僕 出来 出来る 可能 君 彼 彼女 御 思 思う 教 教え 是非 時 有 様 欲 欲し
欲しい 為 無 物 的 私 私達 言 誰 貴方 頂 頂きたい 頂け 願 願い
";
const ZH: &str = "
我的 你的 您的 他的 她的 它的 我们的 我們的 你们的 你們的 他们的 他們的 怎么会 怎麼會 能不能 哪一个 这是 這是 那是 都是 还没 還沒 没能 沒能 不了
一 一下 一个 一些 一個 一样 一樣 一直 上 下 不 不了 不会 不到 不是 不會 不能 与 且 两 个 为 为了 为什么 为何 之
也 了 于 些 什么 什麼 今天 从 他 他们 他們 以 以前 以及 以后 以後 们 任何 会 会不会 但 但是 何时 何時 你 你们
你們 你好 使 來 個 們 做 其 再 几 到 前 办 却 卻 去 又 及 只 叫 可 可以 可否 可能 同 后 向 吗 吧 呀 告訴 告诉 呢
咋 和 哪 哪个 哪些 哪個 哪儿 哪兒 哪裡 哪里 啊 啥 啦 嗎 嘛 因为 因為 在 地 多 多久 多少 多長 多长 太 她 好 如
如何 如果 它 对 對 就 已 已經 已经 帮 帮忙 帮我 幫 幫忙 幫我 幾 应当 应该 弄 当 很 後 得 從 怎 怎么 怎么办 怎样
怎樣 怎麼 怎麼辦 您 您好 想 想要 應當 應該 我 我们 我們 或 或者 所 所以 才 把 於 时 时候 是 是不是 是否 時 時候
更 最 會 有 有沒有 有没有 来 比 沒 沒有 没 没有 為 為了 為什麼 為何 现在 現在 用 由 當 的 着 知道 給 给 能
能不能 能否 能够 能夠 自己 至 與 若 著 虽然 行 被 裡 要 說 誰 請 請問 謝謝 讓 让 许 说 请 请问 谁 谢谢 跟 辦 过
还 还是 这 这个 这些 这样 这里 這 這些 這個 這樣 這裡 過 還 還是 那 那个 那些 那個 那裡 那里 都 里 雖然 需要
非常 麻烦 麻煩
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_folded() {
        for (lang, words) in LISTS.iter() {
            for word in words {
                assert_eq!(fold(word), *word, "{lang}");
            }
        }
    }

    #[test]
    fn grammar_is_known_as_typed_and_subjects_are_none() {
        for (lang, words) in [
            ("en", "Still couldn't they've because before"),
            ("id", "sedang belum apakah Kenapa"),
            ("de", "Könnte meinem für noch"),
            ("fr", "Où était même déjà"),
            ("es", "También cuándo mío está"),
            ("ja", "私 何"),
            ("zh", "怎么 为什么 您"),
        ] {
            for word in words.split(' ') {
                assert!(is_function_word(word, lang), "{word}");
            }
        }
        for (lang, word) in [
            ("en", "pour"),
            ("en", "order"),
            ("de", "Paket"),
            ("ja", "返品"),
            ("sw", "the"),
        ] {
            assert!(!is_function_word(word, lang), "{word}");
        }
    }
}

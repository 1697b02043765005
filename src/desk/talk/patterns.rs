//! The patterns of small talk, in English, Indonesian and Japanese.

use std::sync::LazyLock;

use regex::Regex;

use super::{super::mask, Talk};

/// Between the words of small talk.
const GAP: &str = r"[\s,.!?…、。！？~〜-]*";

/// In the order in which they are tried. The customer's word comes last: thanks alone have been taken before.
pub(super) static PATTERNS: LazyLock<[(Talk, Regex); 5]> = LazyLock::new(|| {
    let compiled =
        |pattern: &str| Regex::new(&format!("^(?:{pattern})$")).expect("a pattern of this file; a test compiles each");
    let hello = [
        r"hi+",
        r"hey+(?: there)?",
        r"hello+(?: there)?",
        r"hiya",
        r"yo",
        r"good (?:morning|afternoon|evening|day)",
        r"greetings",
        r"(?:how are you|how r u|hows it going|whats up|sup)(?: doing)?(?: today)?",
        r"there",
        r"all",
        r"team",
        r"everyone",
        r"anyone there",
        r"is anybody there",
        r"are you there",
        r"halo+",
        r"hai+",
        r"hei",
        r"selamat (?:pagi|siang|sore|malam)",
        r"pagi",
        r"siang",
        r"sore",
        r"malam",
        r"permisi",
        r"assalamualaikum",
        r"apa kabar",
        r"kak(?:ak)?",
        r"min",
        r"admin",
        r"mas",
        r"mbak",
        r"gan",
        r"こんにち[はわ]",
        r"こんばん[はわ]",
        r"おはよう(?:ございます)?",
        r"はじめまして",
        r"お世話になっております",
        r"お世話になります",
        r"もしもし",
        r"やあ",
        r"すみません",
    ];
    let thanks = [
        r"(?:ok(?:ay)?|great|perfect|cool|nice|awesome|super|alright|got it|wonderful|lovely|good)",
        r"thanks?(?: (?:you|u|a lot|so much|very much|again|man|mate))*",
        r"thank you(?: (?:so|very) much)?",
        r"many thanks",
        r"thx+",
        r"ty",
        r"tysm",
        r"cheers",
        r"much appreciated",
        r"bye+(?: bye)?",
        r"goodbye",
        r"see (?:you|ya)",
        r"have a (?:nice|good|great) (?:day|one|evening|weekend)",
        r"no(?:thing)? more questions",
        r"thats all",
        r"terima ?kasih(?: banyak| ya| kak)*",
        r"makasih(?: banyak| ya| kak)*",
        r"trims",
        r"mksh",
        r"thank you kak",
        r"oke?(?:y|h)?(?: deh| sip| siap)?",
        r"baik(?: kak)?",
        r"sip",
        r"siap",
        r"sudah cukup",
        r"sampai jumpa",
        r"dadah",
        r"ありがとう(?:ございま(?:す|した))?",
        r"どうも",
        r"助かりました",
        r"感謝します",
        r"了解(?:です|しました)?",
        r"わかりました",
        r"分かりました",
        r"承知しました",
        r"さようなら",
        r"失礼します",
        r"大丈夫です",
    ];
    let machine = r"(?:a |an )?(?:ro)?bot|(?:a |an )?(?:ai|a i|machine|computer|program|chatbot|chat bot)|(?:a )?(?:real |actual |live )?(?:human|person|people|agent)(?: being)?|real";
    let robot = [
        format!(r"(?:hey |hi |so |wait |hold on |hmm |sorry |but )*are (?:you|u) (?:really |actually |just )?(?:{machine})(?: or (?:{machine}))?"),
        format!(r"(?:so |wait )?(?:am i|i am|im) (?:talking|speaking|chatting|writing) (?:to|with) (?:{machine})(?: or (?:{machine}))?"),
        format!(r"(?:so |wait )?is (?:this|it|that|there) (?:really |actually |just )?(?:{machine})(?: or (?:{machine}))?(?: here)?"),
        r"(?:who|what) are you".into(),
        r"(?:apakah |apa )?(?:ini|anda|kamu|kakak|situ|lu|kau) (?:ini )?(?:robot|bot|mesin|ai|manusia|orang(?: asli| beneran)?)(?: (?:atau|apa) (?:robot|bot|mesin|manusia|orang))?(?: (?:ya|kah|bukan|asli|beneran))*".into(),
        r"(?:siapa|apa) (?:kamu|anda)(?: ini)?".into(),
        r"(?:あなた|そちら|これ|相手)?(?:は|って)?(?:ロボット|ボット|bot|ai|人工知能|機械|人間|人|オペレーター|自動応答|本物の人)(?:なん|な|の方)?(?:ですか|ですよね|でしょうか|の|か|だよね)?".into(),
        r"(?:あなたは)?(?:誰|どなた)(?:ですか)?".into(),
    ];
    let no_help = [
        r"(?:that|this|it|the answer) (?:did ?nt|does ?nt|did not|does not|has ?nt|has not) (?:really |actually )?(?:help|work|answer (?:it|my question|the question)|(?:solve|fix|resolve)(?: (?:it|that|this|anything|(?:my|the) (?:problem|issue)))?)(?:e?d)?(?: me)?",
        r"(?:that|this|it)(?:s| is| was) (?:not|no) (?:help(?:ful)?|what i (?:asked|meant|need(?:ed)?|wanted)|(?:an|the|my) (?:answer|question)|it|useful|relevant)",
        r"(?:that|this|it)(?:s| is| was)? (?:useless|wrong|the wrong answer|irrelevant|unhelpful)",
        r"(?:that|this|it) (?:solved|fixed|helped|answered) nothing",
        r"(?:that|this|it|(?:the|my) (?:problem|issue))(?:s| is| was)? (?:not|isnt|wasnt) (?:solved|fixed|resolved|sorted|working)(?: yet| now)?",
        r"(?:(?:that|this|it|(?:the|my) (?:problem|issue))(?:s| is)? )?still (?:does ?nt|does not|did ?nt|did not|wont|is ?nt|not) (?:work|help|solve[d]?|fix(?:ed)?|resolve[d]?|sort)(?:ing|ed)?(?: (?:it|me|now))?",
        r"(?:(?:that|this|it)(?:s| is)? )?still (?:broken|failing|no luck|nothing|the same(?: (?:problem|issue|thing))?)",
        r"(?:(?:the|my) )?(?:problem|issue)(?: is)? still (?:there|exists|persists)",
        r"not (?:solved|fixed|resolved)(?: yet)?",
        r"not yet",
        r"not help(?:ful|ing)",
        r"did ?nt (?:help|work)",
        r"did not (?:help|work)",
        r"wrong answer",
        r"not what i (?:asked|meant|need(?:ed)?|wanted)(?: for)?",
        r"no (?:help|luck)",
        r"(?:itu |ini |jawaban(?:nya)? )?(?:masih |tetap )?(?:tidak|nggak|ngga|gak|ga|enggak|tak|belum) (?:membantu|menjawab|berhasil|bisa juga|sesuai|nyambung|selesai|beres|teratasi|terselesaikan|terjawab|jelas|berfungsi|jalan|solved|menyelesaikan masalah(?:nya| saya)?)(?: sama sekali)?(?: pertanyaan saya)?(?: juga)?",
        r"(?:masih |tetap )?belum(?: bisa)?(?: juga)?",
        r"(?:masih|tetap) (?:sama(?: saja)?|error|gagal|begitu)",
        r"bukan itu(?: yang saya (?:maksud|tanya(?:kan)?))?",
        r"(?:itu )?salah jawab(?:an)?",
        r"(?:masih )?(?:tetap )?(?:tidak|gak|ga|nggak) bisa",
        r"役に立(?:たない|ちません(?:でした)?|たなかった(?:です)?)",
        r"(?:まだ|全然|それでも|やはり|やっぱり)?解決(?:し(?:ない|ません(?:でした)?|なかった(?:です)?|て(?:い)?(?:ません|ない(?:です)?))|でき(?:ない(?:です)?|ません(?:でした)?|ていません)|になりません(?:でした)?)",
        r"(?:まだ|全然|それでも|やはり|やっぱり)(?:でき|動き|直り|使え|うまくいき)ません(?:でした)?",
        r"うまくいきません(?:でした)?",
        r"まだです",
        r"(?:だめ|ダメ|駄目)でした",
        r"(?:それ|そう)(?:では|じゃ)(?:ない|ありません|なくて)(?:です)?",
        r"違います",
        r"ちが(?:う|います)",
        r"参考になりません(?:でした)?",
        r"答えになって(?:ない|いません|いない)",
    ];
    // What may stand around it.
    let regret = [
        r"no",
        r"nope",
        r"but",
        r"and",
        r"sorry",
        r"unfortunately",
        r"though",
        r"at all",
        r"either",
        r"for me",
        r"hm+",
        r"well",
        r"i tried (?:that|it|this)(?: already)?",
        r"maaf",
        r"tapi",
        r"sayangnya",
        r"ya",
        r"nih",
        r"いいえ",
        r"いや",
        r"でも",
        r"ですが",
        r"しかし",
        r"残念ながら",
        r"が",
    ];
    // No word of denial and no doubt ("a bit", "I think") fits in here: it ends the matter.
    let helped = [
        r"(?:that|this|it|the answer|your answer|you)(?:s| is| has| was)? (?:really |actually |very |so )?(?:helped|helps|helpful)(?: me)?(?: out)?(?: a lot| so much| very much)?",
        r"(?:very|so|really) helpful",
        r"(?:that|this|it|the answer|your answer)(?: has| just)? (?:solved|fixed|resolved|answered|solves|fixes|answers|sorted)(?: (?:it|that|this|everything|(?:my|the) (?:problem|issue|question)))?(?: for me| now| out)?",
        r"(?:(?:that|this|it|everything|(?:my|the) (?:problem|issue|question)|problem|issue|question)(?:s| is| has been| was| got)? )?(?:all |now )?(?:solved|fixed|resolved|sorted|answered)(?: now)?",
        r"(?:(?:that|this|it|everything)(?: finally| all| just)? )?(?:worked|works)(?: (?:now|again|fine|well|perfectly|great|for me|like a charm))*",
        r"(?:that|this|it|everything)(?:s| is) (?:finally |all )?working(?: (?:now|again|fine|well|perfectly|great|for me))*",
        r"working (?:now|again)(?: fine| well| perfectly)?",
        r"that (?:did|does) (?:it|the trick)",
        r"(?:thats |that is |that was )?(?:exactly |just )?what i (?:needed|was looking for|wanted to know)",
        r"(?:i )?(?:have |ive )?found it(?: now)?",
        r"(?:all|everything)(?:s| is)? (?:good|fine|clear|set) now",
        r"(?:(?:itu|ini|jawaban(?:nya)?|info(?:nya)?|penjelasan(?:nya)?) )?(?:sangat |sudah |benar benar )?(?:membantu|menjawab)(?: (?:saya|sekali|banget|pertanyaan saya))*",
        r"(?:(?:masalah(?:nya| saya)?|sekarang|akhirnya|ini|itu) )?(?:sudah|udah|udh|sdh) (?:bisa|berhasil|beres|selesai|teratasi|terselesaikan|terjawab|jelas|berfungsi|jalan|normal|ketemu|oke?)(?: (?:sekarang|lagi|kembali|semua(?:nya)?|kok))*",
        r"(?:akhirnya |sekarang )?(?:berhasil|beres|teratasi)(?: sekarang)?",
        r"masalah(?:nya| saya)? (?:selesai|beres|teratasi|terselesaikan)",
        r"sekarang bisa(?: lagi)?",
        r"bisa sekarang",
        r"(?:(?:これで|おかげで|おかげさまで|無事に?|問題(?:は|が)|すべて|全て|全部))*(?:解決(?:しました|した|できました|です|済みです)|(?:うまく|上手く)いきました|できました|できるようになりました|直りました|治りました|動きました|動くようになりました|使えました|使えるようになりました)(?:よ|ね)?",
        r"(?:とても|大変|すごく)?お?役に?立ちました",
        r"(?:とても|大変|すごく)?参考になりました",
    ];
    let gladness = [
        r"yes",
        r"yeah",
        r"yep",
        r"yup",
        r"oh+",
        r"ah+",
        r"wow",
        r"i?ya",
        r"wah",
        r"alhamdulillah",
        r"はい",
        r"おお",
        r"本当に",
    ];
    let several = |words: &[&str]| compiled(&format!("(?:(?:{}){GAP})+", words.join("|")));
    // One of `words`, whatever of `around` stands before and after it.
    let one_of = |words: &[&str], around: &[&[&str]]| {
        let (words, around) = (words.join("|"), [&around.concat()[..], words].concat().join("|"));
        compiled(&format!("(?:(?:{around}){GAP})*(?:{words})(?:{GAP}(?:{around}))*"))
    };
    [
        (Talk::Robot, compiled(&robot.join("|"))),
        (Talk::DidNotHelp, one_of(&no_help, &[&regret, &thanks, &hello])),
        (Talk::Greeting, several(&hello)),
        (Talk::Thanks, several(&[&thanks[..], &hello[..]].concat())),
        (Talk::Helped, one_of(&helped, &[&gladness, &thanks, &hello])),
    ]
});

/// A message in which [`crate::desk::mask`] has left nothing but what stands for secrets and the words that announced them;
/// it sees signs at the ends, too. A question mark is not among them: "is my number 4111…?" is a question.
pub(super) static ONLY_SECRETS: LazyLock<Regex> = LazyLock::new(|| {
    let words = [
        r"hi|hello|hey|please|here|this|that|these|its?|is|are|was|my|the|of|and|in|i got|for",
        r"old|new|current|card|credit|debit|visa|mastercard|amex|account|bank|iban|number|no|nr",
        r"exp(?:iry|ires)?|valid|until|date|security|cvv2?|cvc2?|cid|code|pin|password|passwd|passcode|passphrase|pwd|pw",
        r"otp|2fa|one time|verification|auth(?:entication)?|confirmation|login|sign|sms|ssn|social|id|api|access|key|token|bearer",
        r"halo|ini|itu|adalah|saya|akun|nya|dan|lama|baru|kata|sandi|kode|verifikasi|keamanan|nomor|kartu|kredit|rekening|rek|nik|ktp",
        r"こんにちは|私の|これ|こちら|カード|クレジット|番号|裏面|暗証|パスワード|セキュリティ|コード|認証|確認|ワンタイム|マイナンバー|個人|口座|は|が|の|と|です",
        r"[0-9]{1,2} ?/ ?[0-9]{2,4}",
    ];
    let (secret, word) = (mask::PLACEHOLDER, words.join("|"));
    let gap = r#"[\s,.;:!=#/"'(){}「」『』、。-]*"#;
    Regex::new(&format!(
        "^{gap}(?:(?:{word}){gap})*{secret}{gap}(?:(?:{word}|{secret}){gap})*$"
    ))
    .expect("a pattern of this file; a test uses it")
});

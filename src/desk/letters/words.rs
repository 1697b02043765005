//! The words of letters to customers: one table for each language. `{…}` is filled in.

/// Letters in one language.
#[derive(Debug)]
pub(super) struct Words {
    /// BCP 47 primary.
    pub code: &'static str,
    /// A person's reply: `{person}`, `{site}`, `{words}`, `{link}`, `{asked}`, `{reference}`.
    pub reply: &'static str,
    /// `{site}`, `{reference}`.
    pub receipt_subject: &'static str,
    /// The receipt of a handoff: `{words}`, `{link}`, `{asked}`.
    pub receipt: &'static str,
}

impl Words {
    /// The words of this language (BCP 47); English ones where there are none.
    pub fn of(tag: &str) -> &'static Words {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        let found = ALL.iter().find(|words| words.code.eq_ignore_ascii_case(primary));
        found.unwrap_or(&ALL[0])
    }
}

static ALL: [Words; 7] = [
    Words {
        code: "en",
        reply: "{person} from {site} has answered you:\n\n{words}\n\n\
                To read everything, to answer, or to say that it is solved, open this page:\n{link}\n\n\
                Please answer there and not to this e-mail: the person who knows your question sees it at once.\n\n\
                You asked:\n{asked}\n\n\
                Your reference is {reference}.\n\
                Whoever has the link can read your conversation, so please keep it to yourself.\n",
        receipt_subject: "{site} has your question [{reference}]",
        receipt: "{words}\n\n\
                  The reply comes to this address. To add something, or to correct what you told us, open this page:\n{link}\n\n\
                  You asked:\n{asked}\n\n\
                  This e-mail was written by a program; a person writes the reply. Whoever has the link can read your\n\
                  conversation, so please keep it to yourself.\n",
    },
    Words {
        code: "id",
        reply: "{person} dari {site} menjawab Anda:\n\n{words}\n\n\
                Untuk membaca semuanya, membalas, atau memberi tahu bahwa masalahnya sudah selesai, buka halaman ini:\n{link}\n\n\
                Mohon balas di halaman itu, bukan ke email ini: petugas yang menangani pertanyaan Anda langsung membacanya.\n\n\
                Pertanyaan Anda:\n{asked}\n\n\
                Nomor referensi Anda: {reference}.\n\
                Siapa pun yang memiliki tautan itu dapat membaca percakapan Anda, jadi simpanlah untuk Anda sendiri.\n",
        receipt_subject: "{site} menerima pertanyaan Anda [{reference}]",
        receipt: "{words}\n\n\
                  Balasan dikirim ke alamat ini. Untuk menambahkan atau memperbaiki sesuatu, buka halaman ini:\n{link}\n\n\
                  Pertanyaan Anda:\n{asked}\n\n\
                  Email ini ditulis oleh program; balasannya ditulis oleh petugas kami. Siapa pun yang memiliki tautan itu\n\
                  dapat membaca percakapan Anda, jadi simpanlah untuk Anda sendiri.\n",
    },
    Words {
        code: "ja",
        reply: "{site}の{person}がお返事いたします。\n\n{words}\n\n\
                これまでのやり取りの確認、ご返信、解決のご連絡は、次のページからお願いいたします。\n{link}\n\n\
                このメールへの返信ではなく、上のページにお書きください。担当者がすぐに確認できます。\n\n\
                お問い合わせの内容：\n{asked}\n\n\
                お問い合わせ番号：{reference}\n\
                上のページは、アドレスを知っている人なら誰でも読めます。ほかの人には知らせないでください。\n",
        receipt_subject: "お問い合わせを受け付けました（{site}）[{reference}]",
        receipt: "{words}\n\n\
                  お返事はこのアドレスにお送りします。補足や訂正は、次のページからお願いいたします。\n{link}\n\n\
                  お問い合わせの内容：\n{asked}\n\n\
                  このメールは自動でお送りしています。お返事は担当者が書きます。\n\
                  上のページは、アドレスを知っている人なら誰でも読めます。ほかの人には知らせないでください。\n",
    },
    Words {
        code: "de",
        reply: "{person} von {site} hat Ihnen geantwortet:\n\n{words}\n\n\
                Auf dieser Seite können Sie alles lesen, antworten oder uns sagen, dass es gelöst ist:\n{link}\n\n\
                Bitte antworten Sie dort und nicht auf diese E-Mail: Wer Ihre Frage kennt, sieht es dort sofort.\n\n\
                Ihre Frage:\n{asked}\n\n\
                Ihre Vorgangsnummer ist {reference}.\n\
                Wer den Link hat, kann Ihre Unterhaltung lesen. Bitte geben Sie ihn nicht weiter.\n",
        receipt_subject: "{site} hat Ihre Frage erhalten [{reference}]",
        receipt: "{words}\n\n\
                  Die Antwort kommt an diese Adresse. Auf dieser Seite können Sie etwas ergänzen oder berichtigen:\n{link}\n\n\
                  Ihre Frage:\n{asked}\n\n\
                  Diese E-Mail hat ein Programm geschrieben, die Antwort schreibt ein Mensch. Wer den Link hat, kann Ihre\n\
                  Unterhaltung lesen. Bitte geben Sie ihn nicht weiter.\n",
    },
    Words {
        code: "fr",
        reply: "{person} ({site}) vous a répondu :\n\n{words}\n\n\
                Pour tout relire, répondre ou nous dire que c'est résolu, ouvrez cette page :\n{link}\n\n\
                Merci de répondre sur cette page plutôt qu'à cet e-mail : la personne qui connaît votre question le verra aussitôt.\n\n\
                Votre question :\n{asked}\n\n\
                Votre référence est {reference}.\n\
                Toute personne qui a ce lien peut lire votre conversation ; merci de le garder pour vous.\n",
        receipt_subject: "{site} a bien reçu votre question [{reference}]",
        receipt: "{words}\n\n\
                  La réponse arrivera à cette adresse. Pour ajouter ou corriger quelque chose, ouvrez cette page :\n{link}\n\n\
                  Votre question :\n{asked}\n\n\
                  Cet e-mail a été écrit par un programme ; la réponse sera écrite par une personne. Toute personne qui a ce\n\
                  lien peut lire votre conversation ; merci de le garder pour vous.\n",
    },
    Words {
        code: "es",
        reply: "{person}, de {site}, le ha respondido:\n\n{words}\n\n\
                Para leerlo todo, responder o decirnos que ya está resuelto, abra esta página:\n{link}\n\n\
                Por favor, responda allí y no a este correo: la persona que conoce su pregunta lo verá enseguida.\n\n\
                Su pregunta:\n{asked}\n\n\
                Su referencia es {reference}.\n\
                Cualquier persona que tenga el enlace puede leer su conversación; por favor, no lo comparta.\n",
        receipt_subject: "{site} ha recibido su pregunta [{reference}]",
        receipt: "{words}\n\n\
                  La respuesta llegará a esta dirección. Para añadir o corregir algo, abra esta página:\n{link}\n\n\
                  Su pregunta:\n{asked}\n\n\
                  Este correo lo ha escrito un programa; la respuesta la escribe una persona. Cualquier persona que tenga el\n\
                  enlace puede leer su conversación; por favor, no lo comparta.\n",
    },
    Words {
        code: "zh",
        reply: "{site}的{person}已回复您：\n\n{words}\n\n\
                如需查看全部内容、回复，或告诉我们问题已解决，请打开此页面：\n{link}\n\n\
                请在该页面回复，不要直接回复此邮件：了解您问题的客服会马上看到。\n\n\
                您的问题：\n{asked}\n\n\
                您的编号：{reference}\n\
                任何人只要有此链接，就能看到您的对话，请不要转给他人。\n",
        receipt_subject: "{site}已收到您的问题 [{reference}]",
        receipt: "{words}\n\n\
                  答复将发送到此邮箱。如需补充或更正，请打开此页面：\n{link}\n\n\
                  您的问题：\n{asked}\n\n\
                  此邮件由程序发送，答复由人工客服撰写。\n\
                  任何人只要有此链接，就能看到您的对话，请不要转给他人。\n",
    },
];

#[cfg(test)]
mod tests {
    use super::{super::super::receipt::placeholders, *};

    #[test]
    fn every_language_writes_every_letter_with_the_same_placeholders() {
        let codes: Vec<&str> = ALL.iter().map(|words| words.code).collect();
        assert_eq!(codes, ["en", "id", "ja", "de", "fr", "es", "zh"]);
        for words in &ALL {
            for (text, english) in [
                (words.reply, ALL[0].reply),
                (words.receipt_subject, ALL[0].receipt_subject),
                (words.receipt, ALL[0].receipt),
            ] {
                assert_eq!(placeholders(text), placeholders(english), "{}: {text}", words.code);
            }
            assert!(
                words.reply.ends_with('\n') && words.receipt.ends_with('\n'),
                "{}",
                words.code
            );
        }
    }
}

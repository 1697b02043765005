use super::{tests_support::*, *};
use crate::{answer::HandoffReason, store::TicketOutcome};

#[test]
fn the_first_words_say_that_it_is_a_machine() {
    let change = begin(conversation(), "Kawan Kopi");
    assert_eq!(change.turns[0].kind, TurnKind::Bot);
    assert!(change.turns[0].text.contains("not a person"));
}

#[test]
fn a_question_begins_an_episode_and_is_owed_an_answer() {
    let mut chat = Chat::new();
    chat.says("where is my parcel");
    assert_eq!((chat.episode().number, chat.episode().state), (1, EpisodeState::Open));
    assert!(chat.conversation().answer_due_at.is_some());
}

#[test]
fn small_talk_begins_no_episode() {
    let mut chat = Chat::new();
    chat.says("hello");
    assert_eq!(chat.scene.episode, None);
    assert!(
        chat.conversation().answer_due_at.is_some(),
        "it is answered all the same"
    );
    chat.bot(&BotReply::Talk(Talk::Greeting));
    chat.says("where is my parcel");
    assert_eq!(chat.episode().number, 1);
}

#[test]
fn an_article_that_was_shown_is_remembered_and_a_choice_is_a_miss() {
    let mut chat = Chat::new();
    chat.says("where is my parcel");
    chat.bot(&answer("orders/track"));
    assert_eq!(
        (chat.episode().shown.as_slice(), chat.episode().misses),
        (&["orders/track".to_owned()][..], 0)
    );
    chat.says("and my other one");
    chat.bot(&clarify());
    assert_eq!((chat.episode().shown.len(), chat.episode().misses), (1, 1));
    assert_eq!(chat.conversation().answer_due_at, None);
}

#[test]
fn a_reply_that_was_thought_out_for_less_than_was_said_is_not_given() {
    let mut chat = Chat::new();
    chat.says("where is my parcel");
    let seen = chat.conversation().version;
    chat.says("it is number 7");
    assert_eq!(
        reply(&chat.scene, seen, &answer("orders/track"), chat.now).err(),
        Some(Moved)
    );
}

#[test]
fn a_decision_without_an_open_episode_opens_one() {
    // "Hello" and "are you a robot" in one burst are small talk each, and together no pattern knows them.
    let mut chat = Chat::new();
    chat.says("hello");
    chat.bot(&answer("orders/track"));
    assert_eq!((chat.episode().number, chat.conversation().episodes), (1, 1));
}

#[test]
fn a_handoff_is_one_change_and_the_bot_is_silent_afterwards() {
    let mut chat = Chat::new();
    chat.says("I was charged twice");
    let change = chat.bot(&handover("T-7K3F-9QXM"));
    let kinds: Vec<_> = change.turns.iter().map(|turn| turn.kind).collect();
    assert_eq!(kinds, [TurnKind::Receipt]);
    assert!(change.ticket.is_some() && change.ticket_events.len() == 1);
    assert_eq!(chat.episode().state, EpisodeState::HandedOver);
    let change = chat.says("are you there?");
    assert_eq!(change.turns.len(), 1);
    assert_eq!(chat.conversation().answer_due_at, None, "people answer");
    let seen = chat.conversation().version;
    for bots in [BotReply::Talk(Talk::Greeting), answer("orders/track")] {
        assert_eq!(reply(&chat.scene, seen, &bots, chat.now).err(), Some(Moved));
    }
}

#[test]
fn thanks_after_the_end_reopen_nothing() {
    let mut chat = Chat::resolved();
    chat.says("Thank you so much!");
    assert_eq!(chat.ticket().state, TicketState::Resolved);
    assert_eq!(chat.episode().state, EpisodeState::Resolved);
    // With the bot alone, neither.
    let mut chat = Chat::new();
    chat.says("where is my parcel");
    chat.bot(&answer("orders/track"));
    chat.word(Word::Helped).expect("it is the customer's to say");
    chat.says("thanks");
    assert_eq!(
        (chat.episode().number, chat.episode().state),
        (1, EpisodeState::Confirmed)
    );
}

#[test]
fn a_message_within_seven_days_reopens_and_a_later_one_is_a_new_episode() {
    let mut chat = Chat::resolved();
    chat.later(7 * 24);
    chat.says("it broke again");
    assert_eq!((chat.ticket().state, chat.ticket().outcome), (TicketState::Open, None));
    assert_eq!(
        (chat.episode().number, chat.episode().state),
        (1, EpisodeState::HandedOver)
    );
    assert_eq!(chat.episode().ended_at, None);

    let mut chat = Chat::resolved();
    chat.later(7 * 24 + 1);
    chat.says("how do I brew?");
    let (episode, conversation) = (chat.episode(), chat.conversation());
    assert_eq!(
        (episode.number, episode.state, episode.reopens),
        (2, EpisodeState::Open, None)
    );
    assert!(!conversation.with_people && conversation.ticket.is_none() && conversation.answer_due_at.is_some());
}

#[test]
fn whoever_asks_for_a_person_long_after_the_end_begins_a_new_episode() {
    let mut chat = Chat::resolved();
    chat.later(8 * 24);
    assert!(!goes_to_people(&chat.scene, chat.now));
    chat.bot(&handover("T-2222-2222"));
    assert_eq!((chat.episode().number, chat.episode().reopens), (2, None));
    assert_eq!(chat.conversation().ticket.as_deref(), Some("T-2222-2222"));
}

#[test]
fn whoever_asks_for_a_person_soon_after_the_end_gets_the_same_ticket_again() {
    let mut chat = Chat::resolved();
    let change = ask_again(&chat.scene, chat.now, &Always).expect("allowed");
    chat.keep(change);
    assert_eq!(
        (chat.ticket().state, chat.ticket().waiting_since),
        (TicketState::Open, Some(chat.now))
    );
    assert_eq!(chat.episode().state, EpisodeState::HandedOver);
    let change = ask_again(&chat.scene, chat.now, &Always).expect("allowed");
    assert!(change.ticket.is_none(), "a second time changes nothing");
}

#[test]
fn a_message_soon_after_the_bots_episode_takes_it_up_again() {
    let mut chat = Chat::new();
    chat.says("where is my parcel");
    chat.bot(&answer("orders/track"));
    chat.word(Word::Helped).expect("allowed");
    chat.later(24);
    chat.says("it is still not there");
    assert_eq!((chat.episode().number, chat.episode().reopens), (2, Some(1)));
}

#[test]
fn nothing_is_confirmed_without_the_customers_word() {
    let mut chat = Chat::resolved();
    assert_eq!(
        (chat.episode().state, chat.ticket().outcome),
        (EpisodeState::Resolved, None)
    );
    chat.word(Word::Helped).expect("allowed");
    assert_eq!(chat.episode().state, EpisodeState::Confirmed);
    assert_eq!(chat.ticket().outcome, Some(TicketOutcome::Confirmed));
    let mut chat = Chat::resolved();
    chat.word(Word::DidNotHelp).expect("allowed");
    assert_eq!(
        (chat.episode().state, chat.ticket().state),
        (EpisodeState::HandedOver, TicketState::Open)
    );
    assert!(matches!(Chat::new().word(Word::Helped), Err(Refusal::NotNow { .. })));
}

#[test]
fn what_solved_it_is_the_customers_word_in_words() {
    let helped = BotReply::Talk(Talk::Helped);
    let mut chat = Chat::answered();
    chat.says("thanks, that solved it");
    let change = chat.bot(&helped);
    assert_eq!(
        (chat.episode().state, chat.episode().ended_by.as_deref()),
        (EpisodeState::Confirmed, Some("customer"))
    );
    assert_eq!(change.events.len(), 1, "whoever follows it is told, as by the route");
    // Thanks alone end nothing.
    let mut chat = Chat::answered();
    chat.says("thanks");
    chat.bot(&BotReply::Talk(Talk::Thanks));
    assert_eq!(chat.episode().state, EpisodeState::Open);
    // Nor does a word about nothing: no episode, or one in which nothing was answered.
    let mut chat = Chat::new();
    chat.says("that helped");
    chat.bot(&helped);
    assert_eq!(chat.scene.episode, None);
    chat.says("where is my parcel");
    chat.says("works now");
    chat.bot(&helped);
    assert_eq!(chat.episode().state, EpisodeState::Open);
}

#[test]
fn what_solved_it_ends_the_ticket_only_after_a_reply() {
    for mut chat in [Chat::replied(), Chat::resolved()] {
        let change = chat.says("That solved it, thank you!");
        assert_eq!(change.turns.len(), 1, "the words are kept");
        assert_eq!(
            (chat.episode().state, chat.ticket().state, chat.ticket().outcome),
            (
                EpisodeState::Confirmed,
                TicketState::Resolved,
                Some(TicketOutcome::Confirmed)
            )
        );
        // Said twice, it is still the same word.
        chat.says("yes, that helped");
        assert_eq!(chat.ticket().outcome, Some(TicketOutcome::Confirmed));
        assert_eq!(chat.ticket().state, TicketState::Resolved);
    }
    let mut waits = Chat::handed_over();
    waits.says("it works now, thanks");
    assert_eq!(
        waits.ticket().state,
        TicketState::Open,
        "people decide what is left to do"
    );
    let mut chat = Chat::replied();
    chat.says("still not working");
    assert_eq!(chat.ticket().state, TicketState::Open);
}

#[test]
fn after_a_confirmed_end_misses_and_articles_count_anew() {
    let mut chat = Chat::new();
    chat.says("where is my parcel");
    chat.bot(&clarify());
    chat.says("the blue one");
    chat.bot(&answer("orders/track"));
    assert_eq!((chat.episode().misses, chat.episode().shown.len()), (1, 1));
    chat.says("that helped, thanks");
    chat.bot(&BotReply::Talk(Talk::Helped));
    chat.says("where is my parcel");
    let episode = chat.episode();
    assert_eq!((episode.number, episode.state), (2, EpisodeState::Open));
    assert_eq!((episode.misses, episode.shown.len()), (0, 0));
}

#[test]
fn a_secret_alone_begins_nothing_and_is_no_question() {
    let mut chat = Chat::new();
    chat.says("[card number ••1111]");
    chat.bot(&BotReply::Talk(Talk::Secret));
    assert_eq!(chat.scene.episode, None);
    assert_eq!(last_question(&chat.scene.turns), None);
}

#[test]
fn silence_is_written_down_as_silence() {
    for mut chat in [Chat::resolved(), Chat::replied(), Chat::answered()] {
        let quiet_since = chat.now;
        assert!(
            fall_silent(&chat.scene, quiet_since, chat.now, &Always).is_err(),
            "not yet"
        );
        chat.later(8 * 24);
        let change = fall_silent(&chat.scene, chat.now, chat.now, &Always).expect("it is quiet");
        chat.keep(change);
        assert_eq!(
            (chat.episode().state, chat.episode().ended_by.as_deref()),
            (EpisodeState::Silent, Some("silence"))
        );
        if let Some(ticket) = &chat.scene.ticket {
            assert_eq!(ticket.outcome, Some(TicketOutcome::Assumed));
        }
    }
    let mut waits = Chat::handed_over();
    waits.later(8 * 24);
    assert!(
        fall_silent(&waits.scene, waits.now, waits.now, &Always).is_err(),
        "the customer waits for us"
    );
    let mut owed = Chat::new();
    owed.says("where is my parcel");
    owed.later(8 * 24);
    assert!(
        fall_silent(&owed.scene, owed.now, owed.now, &Always).is_err(),
        "the bot owes an answer"
    );
}

#[test]
fn a_hand_back_gives_the_customer_to_the_bot_with_what_is_unanswered() {
    let mut chat = Chat::handed_over();
    chat.staff(&Act::HandBack);
    assert_eq!(
        (chat.conversation().with_people, chat.conversation().ticket.as_deref()),
        (false, None)
    );
    assert_eq!(chat.conversation().answer_due_at, None, "the receipt was the last word");
    assert_eq!(chat.episode().state, EpisodeState::Open);
    assert_eq!(
        chat.scene.turns.last().expect("a turn").kind,
        TurnKind::System,
        "the customer is told"
    );

    let mut chat = Chat::handed_over();
    chat.says("actually, how do I track it?");
    chat.staff(&Act::HandBack);
    assert_eq!(chat.conversation().answer_due_at, Some(chat.now));
    assert_eq!(joined(unanswered(&chat.scene.turns)), "actually, how do I track it?");
}

#[test]
fn an_ended_conversation_takes_nothing_any_more() {
    let mut chat = Chat::handed_over();
    chat.staff(&Act::End { reason: "abuse".into() });
    assert_eq!(
        (chat.episode().state, chat.episode().end_reason.as_deref()),
        (EpisodeState::EndedByStaff, Some("abuse"))
    );
    chat.later(100 * 24);
    let heard = heard("hello again");
    assert!(matches!(
        hear(&chat.scene, &heard, chat.now, chat.now, &Always),
        Err(Refusal::NotNow { .. })
    ));
    assert!(ask_again(&chat.scene, chat.now, &Always).is_err());
    assert!(chat.word(Word::Helped).is_err());
}

#[test]
fn a_burst_is_read_as_one_and_a_follow_up_with_what_was_asked_before_it() {
    let mut chat = Chat::new();
    chat.says("where is my parcel");
    chat.says("I ordered on Monday");
    assert_eq!(
        joined(unanswered(&chat.scene.turns)),
        "where is my parcel\nI ordered on Monday"
    );
    chat.bot(&answer("orders/track"));
    chat.says("thanks");
    chat.bot(&BotReply::Talk(Talk::Thanks));
    chat.says("and by phone?");
    assert_eq!(joined(unanswered(&chat.scene.turns)), "and by phone?");
    assert_eq!(question_before(&chat.scene.turns), Some("I ordered on Monday"));
    assert_eq!(last_question(&chat.scene.turns), Some("and by phone?"));
    let before = |chat: &Chat| asked_before(&chat.scene.turns).expect("something was asked");
    assert_eq!(before(&chat).question, "I ordered on Monday");
    assert_eq!(before(&chat).articles, ["orders/track"]);
    // A follow-up of a follow-up is still about the same.
    chat.bot(&answer("orders/call"));
    chat.says("and in Japan?");
    assert_eq!(before(&chat).question, "I ordered on Monday\nand by phone?");
    assert_eq!(before(&chat).articles, ["orders/call", "orders/track"]);
    assert_eq!(asked_before(&Chat::new().scene.turns), None);
}

#[test]
fn the_same_passage_is_known_again_and_another_one_of_its_article_is_not() {
    let chat = Chat::answered();
    let BotReply::Decision(mut shown) = answer("orders/track") else {
        panic!("an answer");
    };
    let shown = shown.answer.as_mut().expect("an answer");
    assert!(was_shown(&chat.scene.turns, shown));
    shown.span = [40, 60];
    assert!(!was_shown(&chat.scene.turns, shown));
}

#[test]
fn what_was_taken_out_of_a_message_is_told() {
    let mut chat = Chat::new();
    let masked = Heard {
        secrets: vec![SecretKind::CardNumber],
        ..heard("my card is [card number ••1111]")
    };
    let change = hear(&chat.scene, &masked, chat.now, chat.now, &Always).expect("allowed");
    let kinds: Vec<_> = change.turns.iter().map(|turn| turn.kind).collect();
    assert_eq!(kinds, [TurnKind::Customer, TurnKind::System]);
    assert!(change.turns[1].text.contains("card number"));
    chat.keep(change);
    assert_eq!(unanswered(&chat.scene.turns).len(), 2, "the notice is no answer");
}

#[test]
fn what_was_told_before_the_handoff_is_in_the_ticket() {
    let mut chat = Chat::answered();
    let told = Details {
        order_number: Some("KK-1042".into()),
        urgency: Some("high".into()),
        phone: Some("+62 812 3456".into()),
        ..Details::default()
    };
    let change = details(&chat.scene, &told, chat.now, &Always).expect("allowed");
    chat.keep(change);
    let mut ticket = ticket("T-7K3F-9QXM", chat.now);
    told_before(&mut ticket, chat.conversation());
    assert_eq!(
        (
            ticket.order_number.as_deref(),
            ticket.urgency.as_deref(),
            ticket.phone.as_deref()
        ),
        (Some("KK-1042"), Some("high"), Some("+62 812 3456"))
    );
}

#[test]
fn the_latest_rating_of_an_episode_counts() {
    let mut chat = Chat::answered();
    for rating in [2, 5] {
        let change = rate(&chat.scene, rating, None, chat.now, &Always).expect("allowed");
        chat.keep(change);
    }
    assert_eq!(chat.episode().rating, Some(5));
    assert!(rate(&chat.scene, 6, None, chat.now, &Always).is_err());
    assert!(rate(&Chat::new().scene, 5, None, chat.now, &Always).is_err());
}

#[test]
fn what_people_take_over_is_theirs() {
    let mut chat = Chat::answered();
    let BotReply::Handoff(mut taken) = handover("T-7K3F-9QXM") else {
        unreachable!("a handoff is made above")
    };
    taken.ticket.reason = HandoffReason::TakenOver;
    taken.ticket.assignee = Some("ana".into());
    chat.bot(&BotReply::Handoff(taken));
    assert!(goes_to_people(&chat.scene, chat.now));
    assert_eq!(chat.ticket().assignee.as_deref(), Some("ana"));
}

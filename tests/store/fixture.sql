INSERT INTO questions (id, at, text, lang, context, channel, outcome, reason, topic, confidence, threshold, article,
    article_version, nearest, nearest_title, generation, weights, calibration, rules, latency_us)
VALUES
    ('01JQUESTIONQUESTIONQUEST0A', 1790000000000000, 'Where is Dewi Lestari''s order?', 'en', '{"email":"dewi@example.com"}',
        'chat', 'handoff', 'sensitive_topic', 'billing', 0.30000000000000004, 1e-300, NULL, NULL, 'orders/track', 'Track',
        'g', 'w', 'c', 'r', 900),
    ('01JQUESTIONQUESTIONQUEST0B', 1790000000000001, '訂單 заказ طلب 🚚 " \ $1 ? ;--', 'ja', '{}', 'api', 'answer', NULL, NULL,
        -0.5, 0.7, 'orders/track', 'sha256:1', NULL, NULL, 'g', 'w', 'c', 'r', 9223372036854775807);
INSERT INTO article_versions (version, article, source, kept_at)
VALUES ('sha256:1', 'orders/track', '# Track
an order	here', -1), ('sha256:1', 'Orders/a', '', 0), ('sha256:1', 'orders/é', '', 0);
INSERT INTO people (id, version, email, name, picture, role, password, disabled, teams, skills, level, capacity,
    availability, available_again_at, created_at)
VALUES ('P1', 1, 'anna@example.org', 'Anna', 'hash', 'manager', '$argon2id$x', 0, '["billing"]', '[]', 2, 10, 'available',
    NULL, 1);
INSERT INTO pictures (hash, media_type, base64) VALUES ('hash', 'image/png', 'AAAA');
INSERT INTO sessions (hash, person, created_at, seen_at, expires_at) VALUES ('s1', 'P1', 1, 2, 1790000000000000);
INSERT INTO sign_in_links (hash, person, expires_at, used_at) VALUES ('l1', 'P1', 1790000000000000, NULL);
INSERT INTO api_tokens (id, name, hash, scopes, created_by, created_at, used_at, revoked_at)
VALUES ('A1', 'shop', 't1', '["ask"]', 'P1', 1, NULL, NULL);
INSERT INTO duties (id, person, team, starts_at, ends_at, on_call) VALUES ('D1', 'P1', NULL, 1, 2, 1);
INSERT INTO audit (id, at, who, action, subject, detail)
VALUES
    ('01JAUDITAUDITAUDITAUDIT00A', 1790000000000000, 'P1', 'ticket_exported', 'T-2222-2222',
        '{"to":"dewi@example.com"}'),
    ('01JAUDITAUDITAUDITAUDIT00B', 1790000000000000, 'P1', 'signed_in', 'P1', '{}');
INSERT INTO conversations (id, version, secret, customer, name, email, lang, channel, context, claims, with_people, ticket,
    turns, episodes, answer_due_at, shows_typing, opened_at, changed_at)
VALUES
    ('01JCONVERSATIONCONVERSAT0A', 5, 'secret', 'customer-42', 'Dewi Lestari', 'Dewi@Example.com', 'en', 'chat',
        '{"company":"Toko Lestari"}', '{"sub":"customer-42"}', 1, 'T-2222-2222', 2, 1, NULL, 0, 1790000000000000,
        1790000000000000),
    ('01JCONVERSATIONCONVERSAT0B', 1, 'other', 'customer-43', 'Budi', 'budi@example.com', 'id', 'chat', '{}', NULL, 0, NULL,
        1, 1, NULL, 0, 1790000000000000, 1790000000000000),
    ('01JCONVERSATIONCONVERSAT0C', 1, 'third', NULL, NULL, 'dewi@example.com', 'en', 'form', '{}', NULL, 1, NULL, 1, 1,
        NULL, 0, 1790000000000000, 1790000000000000);
INSERT INTO episodes (conversation, number, state, misses, shown, ticket, first_turn, opened_at, ended_at, ended_by,
    end_reason, reopens, rating, rating_note, rated_at)
VALUES
    ('01JCONVERSATIONCONVERSAT0A', 1, 'confirmed', 1, '["orders/track"]', 'T-2222-2222', 1, 1, 2, 'customer', NULL, NULL, 4,
        'Dewi was helped', 3),
    ('01JCONVERSATIONCONVERSAT0B', 1, 'silent', 0, '[]', NULL, 1, 1, 2, 'silence', NULL, NULL, NULL, NULL, NULL),
    ('01JCONVERSATIONCONVERSAT0C', 1, 'ended_by_staff', 0, '[]', NULL, 1, 1, 2, 'P1', 'Dewi shouted', NULL, NULL, NULL, NULL);
INSERT INTO turns (conversation, number, episode, kind, author, text, data, idempotency_key, at)
VALUES
    ('01JCONVERSATIONCONVERSAT0A', 1, 1, 'customer', 'customer', 'My parcel to Jalan Melati 5 is lost', '{}',
        'key of dewi@example.com', 1),
    ('01JCONVERSATIONCONVERSAT0A', 2, 1, 'bot', 'bot', 'Dear Dewi Lestari',
        '{"decision":{"id":"01JQUESTIONQUESTIONQUEST0A"}}', NULL, 2),
    ('01JCONVERSATIONCONVERSAT0B', 1, 1, 'customer', 'customer', 'Something of Budi''s', '{}', NULL, 1),
    ('01JCONVERSATIONCONVERSAT0C', 1, 1, 'customer', 'customer', 'Once more: Jalan Melati 5', '{}', NULL, 1);
INSERT INTO streams (stream, last)
VALUES ('conversation:01JCONVERSATIONCONVERSAT0A', 1), ('team:billing', 1);
INSERT INTO outbox (stream, number, kind, data, at)
VALUES
    ('conversation:01JCONVERSATIONCONVERSAT0A', 1, 'turn', '{"text":"My parcel to Jalan Melati 5 is lost"}',
        1790000000000000),
    ('team:billing', 1, 'ticket', '{"reference":"T-2222-2222"}', 1790000000000000);
INSERT INTO outgoing (id, kind, recipient, subject, body, data, dedupe_key, created_at, attempts, next_at, claimed_until,
    sent_at, given_up_at, failure)
VALUES
    ('O1', 'mail', 'DEWI@example.com', 'Dewi, we have replied', 'Dear Dewi Lestari', '{"reference":"T-2222-2222"}', 'k1',
        1790000000000000, 1, 1, NULL, 2, NULL, 'refused by dewi@example.com'),
    ('O2', 'alert', 'anna@example.org', 'T-2222-2222 is urgent', 'Jalan Melati 5', '{}', 'k2', 1790000000000000, 0, 1, NULL,
        NULL, NULL, NULL),
    ('O3', 'mail', 'budi@example.com', 's', 'b', '{}', NULL, 1790000000000000, 0, 1, NULL, NULL, NULL, NULL);
INSERT INTO tickets (reference, version, state, team, priority, tags, reason, topic, question, lang, channel, conversation,
    episode, customer, customer_name, contact, phone, order_number, urgency, context, nearest, nearest_title, confidence,
    decision, idempotency_key, complex, assignee, opened_at, promise_at, promise_kept, targets, escalation, outcome,
    resolved_at, resolved_by, note)
VALUES
    ('T-2222-2222', 3, 'resolved', 'billing', 2, '["vip"]', 'sensitive_topic', 'billing', 'My parcel to Jalan Melati 5 is lost',
        'en', 'chat', '01JCONVERSATIONCONVERSAT0A', 1, 'customer-42', 'Dewi Lestari', 'dewi@example.com', '+62 811 2345678',
        'ORDER-9912', 'high', '{"company":"Toko Lestari"}', 'orders/track', 'Track an order', 0.1,
        '01JQUESTIONQUESTIONQUEST0A', 'key of Dewi', 1, 'P1', 1790000000000000, 1790000000000000, 1, '{}', 0, 'confirmed',
        1790000000000000, 'Anna', 'called Dewi back');
INSERT INTO ticket_events (ticket, number, kind, who, data, at)
VALUES
    ('T-2222-2222', 1, 'opened', 'customer', '{}', 1),
    ('T-2222-2222', 2, 'escalated', 'Anna', '{"reason":"Dewi is angry","step":1}', 2);
INSERT INTO documents (kind, hash, text, kept_at, kept_by) VALUES ('rules', 'h1', '[[rule]]', 1, 'P1');
INSERT INTO current_documents (kind, hash, since) VALUES ('rules', 'h1', 1);
INSERT INTO votes (id, at, article, article_version, helped, reason, lang, voter, decision)
VALUES
    ('01JVOTEVOTEVOTEVOTEVOTE00A', 1, 'orders/track', 'sha256:1', 0, 'Dewi says no', 'en', 'voter-7',
        '01JQUESTIONQUESTIONQUEST0A'),
    ('01JVOTEVOTEVOTEVOTEVOTE00B', 1, 'orders/cancel', 'sha256:2', 1, 'because Jalan Melati', 'en', 'voter-7', NULL),
    ('01JVOTEVOTEVOTEVOTEVOTE00C', 1, 'orders/track', 'sha256:1', 1, NULL, 'en', 'voter-8', NULL);

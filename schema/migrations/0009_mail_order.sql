-- What waits and is no digest: however many of those there are, it goes first.
CREATE INDEX outbox_urgent ON outbox (next_at) WHERE done_at IS NULL AND substr(id, 1, 10) <> 'mail.week.';

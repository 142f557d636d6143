"""Triggers that let the databases write down what they otherwise forget; the services know nothing of them."""

AUDIT_OF_OUTBOX = """
CREATE TABLE ever_told (sequence bigint PRIMARY KEY, event_id uuid, type text, subject text, data jsonb);
GRANT INSERT ON ever_told TO PUBLIC;
CREATE FUNCTION note_told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO ever_told VALUES (NEW.sequence, NEW.event_id, NEW.type, NEW.subject, NEW.data::jsonb);
    RETURN NEW;
END $$;
INSERT INTO ever_told SELECT sequence, event_id, type, subject, data::jsonb FROM outbox WHERE type <> 'counts';
CREATE TRIGGER note_told AFTER INSERT ON outbox FOR EACH ROW WHEN (NEW.type <> 'counts') EXECUTE FUNCTION note_told();
"""
"""Every event of every transaction that was committed; rows of counts alone are for the cube, and nobody is told."""

AUDIT_OF_NEWS = """
CREATE TABLE kept_news (number bigserial PRIMARY KEY, copy_id uuid, sequence bigint, was bigint);
GRANT INSERT ON kept_news TO PUBLIC;
GRANT USAGE ON SEQUENCE kept_news_number_seq TO PUBLIC;
CREATE FUNCTION note_news() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO kept_news (copy_id, sequence, was)
    VALUES (NEW.copy_id, NEW.sequence, CASE WHEN TG_OP = 'UPDATE' THEN OLD.sequence END);
    RETURN NEW;
END $$;
CREATE TRIGGER note_news AFTER INSERT OR UPDATE ON circulation FOR EACH ROW EXECUTE FUNCTION note_news();
"""
"""Every time that books kept news of a copy: which, and which it had kept before."""

AUDIT_OF_HOLDS = """
CREATE TABLE hold_changes (
    number bigserial PRIMARY KEY, transaction bigint, was_new boolean, hold_id uuid, book_id uuid, queue_order integer,
    status text, active boolean, copy_id uuid
);
GRANT INSERT ON hold_changes TO PUBLIC;
GRANT USAGE ON SEQUENCE hold_changes_number_seq TO PUBLIC;
CREATE FUNCTION note_hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO hold_changes (transaction, was_new, hold_id, book_id, queue_order, status, active, copy_id)
    VALUES (txid_current(), TG_OP = 'INSERT', NEW.hold_id, NEW.book_id, NEW.queue_order, NEW.status,
        NEW.status IN ('waiting', 'in_transit', 'ready'), NEW.copy_id);
    RETURN NEW;
END $$;
CREATE TRIGGER note_hold AFTER INSERT OR UPDATE ON holds FOR EACH ROW EXECUTE FUNCTION note_hold();
"""
"""Every change of a hold, in the order in which they were under the lock of their book."""

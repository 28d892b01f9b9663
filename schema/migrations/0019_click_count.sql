-- A click counts for its code and day in the statement that writes it, so once, however often that runs. The word of it stands in
-- the row from the start; a Worker of before this migration writes 0, and counts by itself.
CREATE TRIGGER click_counted AFTER INSERT ON click WHEN NEW.counted = 1
BEGIN
  INSERT INTO code_day (app, code, day, clicks) VALUES (NEW.app, NEW.code, NEW.hour / 24, 1)
  ON CONFLICT DO UPDATE SET clicks = clicks + 1;
END;

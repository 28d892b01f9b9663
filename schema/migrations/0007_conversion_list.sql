-- An app's conversions by age, whoever's they are: what its owner reads through.
CREATE INDEX conversion_of_app ON conversion (app, created_at, id);

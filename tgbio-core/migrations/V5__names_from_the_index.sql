-- Who has a name is read from the index alone.
DROP INDEX by_profile_name_current;
CREATE INDEX by_profile_name_current ON profile_name (name_key, from_at, until_at) WHERE until_at IS NULL;

PRAGMA user_version = 5;

//! Facts about the sections that say who may ask over HTTP.

use super::*;

#[test]
fn tokens_users_and_the_web_file_are_taken_with_paths_relative_to_the_file() {
    let case = Case::with_file(
        "databases: [{url: /a.db}]\nweb:\n  config_file: web.yml\n  tokens: [{name: bot-1, token_file: /t}]\n  \
         users: {ann: {everything: true}, bot-1: {tenants: [a*, b]}}\n  open_probes: true\n",
    );
    let home = case.home.path().to_owned();
    let web = case.load(Purpose::Check).unwrap().config.web;
    assert_eq!(web.config_file, Some(home.join("web.yml")));
    assert_eq!(web.tokens, [Token { name: "bot-1".to_owned(), file: "/t".into() }]);
    assert!(web.open_probes);
    let sights: Vec<_> = web.users.iter().map(|(name, sight)| format!("{name} {sight}")).collect();
    assert_eq!(sights, ["ann everything", "bot-1 tenants a*, b"]);
}

#[test]
fn the_flag_for_the_web_file_comes_before_the_key_and_none_is_the_default() {
    let mut case = Case::with_file("databases: [{url: /a.db}]\nweb: {config_file: web.yml}\n");
    case.settings.web_config_file = Some(Setting::new("/flag.yml".to_owned(), "--web.config.file"));
    assert_eq!(case.load(Purpose::Check).unwrap().config.web.config_file, Some("/flag.yml".into()));
    let web = config("").web;
    assert!(web.config_file.is_none() && web.tokens.is_empty() && web.users.is_empty() && !web.open_probes);
}

#[test]
fn a_token_needs_a_plain_name_of_its_own_and_a_file() {
    for (tokens, problem) in [
        ("{name: a}", "a token needs a name, and token_file"),
        ("{token_file: t}", "a token needs a name, and token_file"),
        ("{name: '', token_file: t}", "has 1 to 40 of a-z"),
        ("{name: A, token_file: t}", "has 1 to 40 of a-z"),
        ("{name: a, token_file: t}, {name: a, token_file: u}", "another token has this name"),
        ("{name: a, token: hunter2}", "unknown key; the keys here are name, token_file"),
    ] {
        let message = error(&format!("web: {{tokens: [{tokens}]}}\n"));
        assert!(message.starts_with("exporter.yml:2:") && message.contains(problem), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn a_user_must_be_shown_something_and_one_thing_only() {
    for user in
        ["", "{}", "{tenants: []}", "{tenants: }", "{everything: false}", "{everything: true, tenants: [a]}"]
    {
        let message = error(&format!("web: {{users: {{ann: {user}}}}}\n"));
        assert!(message.starts_with("exporter.yml:2"), "{user}: {message}");
    }
}

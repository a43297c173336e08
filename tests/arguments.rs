//! Whatever somebody writes as flags: it is judged, in its own place, and nothing panics.

#![allow(clippy::unwrap_used)]

use aggcert::model::{Authentication, Lookup, Setup, Startup, start};
use aggcert::source::formats::flags;
use proptest::prelude::*;

/// Flags of ours, right and wrong, with values that are hard to read, and anything at all.
fn argument() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "client-ca-file",
        "requestheader-client-ca-file",
        "requestheader-allowed-names",
        "requestheader_allowed_names",
        "requestheader-username-headers",
        "requestheader-uid-headers",
        "requestheader-extra-headers-prefix",
        "requestheader-allowed-name",
        "proxy-client-cert-file",
        "proxy-client-key-file",
        "anonymous-auth",
        "feature-gates",
        "authorization-mode",
        "allow-privileged",
        "of-nobody",
        "help",
        "v",
        "",
    ]);
    let value = prop_oneof![Just(String::new()), "[a,\"\n\r é%=]{0,12}", ".{0,20}", Just("true".to_owned())];
    let dashes = prop::sample::select(vec!["--", "-", "---", ""]);
    let equals = prop::sample::select(vec!["=", "", " "]);
    prop_oneof![
        8 => (dashes, name, equals, value).prop_map(|(dashes, name, equals, value)| format!("{dashes}{name}{equals}{value}")),
        1 => "\\PC{0,30}",
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn any_arguments_are_judged(arguments in prop::collection::vec(argument(), 0..12)) {
        let invocation = flags::invocation(&arguments);
        // A path that was made up is not looked for on this host.
        let root = tempfile::tempdir().unwrap();
        let lookup = Lookup { root: Some(root.path().into()), certain: true, ..Lookup::default() };
        let setup = Setup::load(invocation, &lookup);
        let startup = start(&setup, setup.version());
        let options = &setup.options;
        if !options.errors.is_empty() {
            prop_assert!(matches!(startup, Startup::Refuses(_)), "{:?}: {startup:?}", options.errors);
        }
        if matches!(startup, Startup::Starts { .. }) {
            prop_assert!(Authentication::of(&setup).is_ok());
        }
    }

    /// What a list's entries say of their places is where they stand, when they stand there as they are.
    #[test]
    fn entries_stand_where_they_say(names in prop::collection::vec("[a-zé.:-]{1,10}", 1..6)) {
        let argument = format!("--requestheader-allowed-names={}", names.join(","));
        let setup = Setup::load(flags::invocation(&[argument]), &Lookup::default());
        let given = setup.options.requestheader_allowed_names.given().unwrap();
        for (entry, name) in given.value.value.iter().zip(&names) {
            prop_assert_eq!(&entry.value, name);
            prop_assert_eq!(entry.origin.source(), name);
        }
    }
}

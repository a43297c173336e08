//! `aggcert flags`

use std::process::Command;

use super::directory::{Directory, failed, succeeded};

#[test]
fn the_documentations_flags_for_the_servers_directory() {
    let directory = Directory::made(&["--client-common-name", "aggregator"]);
    let flags = succeeded(&directory.flags(&["--pki-dir", "/etc/kubernetes/pki/"]));
    assert_eq!(
        flags,
        "--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt\n\
         --requestheader-allowed-names=aggregator\n\
         --requestheader-extra-headers-prefix=X-Remote-Extra-\n\
         --requestheader-group-headers=X-Remote-Group\n\
         --requestheader-username-headers=X-Remote-User\n\
         --proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt\n\
         --proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key\n"
    );
    let routed = succeeded(&directory.flags(&["--pki-dir", "/etc/kubernetes/pki", "--aggregator-routing"]));
    assert_eq!(routed, flags + "--enable-aggregator-routing=true\n");
}

#[test]
fn without_a_servers_directory_it_is_the_one_that_is_read() {
    let directory = Directory::made(&[]);
    let path = directory.path().parent().unwrap().canonicalize().unwrap().join("pki/front-proxy-ca.crt");
    let flags = succeeded(&directory.flags(&[]));
    assert!(flags.starts_with(&format!("--requestheader-client-ca-file={}\n", path.display())), "{flags}");
}

#[test]
fn a_shell_reads_back_an_odd_name() {
    let directory = Directory::made(&["--client-common-name", "it's a \"$name\", `really` \\"]);
    let args = succeeded(&directory.flags(&[]));
    let shell = succeeded(&directory.flags(&["--format", "shell"]));
    let script = shell.replacen("kube-apiserver", "printf '%s\\n'", 1);
    assert_eq!(succeeded(&Command::new("sh").arg("-c").arg(script).output().unwrap()), args);
    assert!(args.contains("--requestheader-allowed-names=\"it's a \"\"$name\"\", `really` \\\"\n"), "{args}");
}

#[test]
fn every_format_holds_every_flag() {
    let directory = Directory::made(&[]);
    for format in ["args", "shell", "static-pod", "kubeadm", "kubeadm-v1beta3", "k3s", "systemd", "json"] {
        let text = succeeded(&directory.flags(&["--format", format, "--pki-dir", "/pki", "--aggregator-routing"]));
        for flag in [
            "requestheader-client-ca-file",
            "requestheader-allowed-names",
            "requestheader-extra-headers-prefix",
            "requestheader-group-headers",
            "requestheader-username-headers",
            "proxy-client-cert-file",
            "proxy-client-key-file",
            "enable-aggregator-routing",
        ] {
            assert!(text.contains(flag), "{format} lacks {flag}:\n{text}");
        }
    }
}

#[test]
fn nothing_is_printed_unless_the_files_work_together() {
    let directory = Directory::new();
    let error = failed(&directory.flags(&[]));
    assert!(error.contains("pki is not there") && error.contains("aggcert init"), "{error}");

    let whole = Directory::made(&[]);
    for name in ["front-proxy-ca.crt", "front-proxy-client.crt", "front-proxy-client.key"] {
        let directory = whole.copy();
        directory.remove(name);
        let error = failed(&directory.flags(&[]));
        assert!(error.contains(&format!("pki/{name} is not there")), "{error}");
        directory.write(name, "garbage");
        let error = failed(&directory.flags(&[]));
        assert!(error.contains(&format!("pki/{name}: ")), "{error}");
        directory.write(name, Directory::made(&[]).read(name));
        let error = failed(&directory.flags(&[]));
        assert!(error.contains("front-proxy-client.crt does not work with the files beside it"), "{error}");
    }

    // The CA's key is not needed for it.
    let directory = whole.copy();
    directory.remove("front-proxy-ca.key");
    succeeded(&directory.flags(&[]));
    directory.write("ca.crt", directory.read("front-proxy-ca.crt"));
    let error = failed(&directory.flags(&[]));
    assert!(error.contains("shares its key with the cluster's CA"), "{error}");
}

#[test]
fn a_relative_servers_directory_is_a_bad_argument() {
    let directory = Directory::made(&[]);
    let output = directory.flags(&["--pki-dir", "pki"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--pki-dir pki: give the absolute path"));
}

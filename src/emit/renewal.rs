//! A systemd service that renews the client when it is due, and the timer that runs it.

use super::ServerDirectory;
use super::systemd::word;

/// Two files, each below a comment that says where it goes.
///
/// The service sees nothing of the host but the directory, and no network. Once a day is often enough, since the client
/// is due while a third of its life is left; nodes that start together must not renew together.
///
/// `options` are those of the command. `program` is a path: a bare name is looked for where systemd was told to when it was
/// built, without `~/.cargo/bin` (systemd.service, "Command lines").
pub fn units(program: &str, directory: &ServerDirectory, options: &[String]) -> String {
    let program = word(program);
    let options: String = options.iter().map(|option| format!(" {}", word(option))).collect();
    let path = word(&directory.to_string());
    format!(
        "# /etc/systemd/system/aggcert-renew.service\n\
         [Unit]\n\
         Description=Renew the front-proxy client of kube-apiserver when it is due\n\
         \n\
         [Service]\n\
         Type=oneshot\n\
         ExecStart={program} renew {path}{options}\n\
         ReadWritePaths={path}\n\
         ProtectSystem=strict\n\
         ProtectHome=read-only\n\
         PrivateTmp=yes\n\
         PrivateNetwork=yes\n\
         NoNewPrivileges=yes\n\
         \n\
         # /etc/systemd/system/aggcert-renew.timer\n\
         [Unit]\n\
         Description=Look once a day whether the front-proxy client is due\n\
         \n\
         [Timer]\n\
         OnCalendar=daily\n\
         RandomizedDelaySec=6h\n\
         Persistent=true\n\
         \n\
         [Install]\n\
         WantedBy=timers.target\n\
         \n\
         # systemctl daemon-reload && systemctl enable --now aggcert-renew.timer\n"
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_directory_is_quoted_as_systemd_reads_it() {
        let units = units(
            "/my bin/aggcert",
            &ServerDirectory::new(Path::new("/my pki/100%")).unwrap(),
            &["--if-due", "--client-common-name=a b"].map(str::to_owned),
        );
        let command = "ExecStart=\"/my bin/aggcert\" renew \"/my pki/100%%\" --if-due \"--client-common-name=a b\"\n";
        assert!(units.contains(command), "{units}");
        assert!(units.contains("ReadWritePaths=\"/my pki/100%%\"\n"), "{units}");
    }
}

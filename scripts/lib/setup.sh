# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sets ntpxdp up for good on a real interface: binaries, account, settings, service. Sourced by
# scripts/quickstart, which has built; what stands already (settings, account) is kept. Without
# systemd it says how to start the daemon instead.
setup_settings=/etc/ntpxdp/ntpxdp.conf
setup_unit=/etc/systemd/system/ntpxdpd.service

# setup_interface IFACE [HOST...]
setup_interface() {
	local interface=$1
	shift
	ip link show dev "$interface" >/dev/null 2>&1 ||
		die "there is no interface $interface; 'ip -br link' lists them"
	step "Install"
	meson install -C "$build" --no-rebuild --quiet || die "meson install failed"
	hash -r
	command -v ntpxdpd >/dev/null || die "ntpxdpd was installed outside of PATH"
	printf '%s, %s\n' "$(command -v ntpxdpd)" "$(command -v ntpxdp)"
	_setup_account
	_setup_write "$interface" "$@"
	ntpxdpd -p -f $setup_settings >/dev/null || die "$setup_settings has an error (see above)"
	step "Start"
	if [ -d /run/systemd/system ]; then
		_setup_service
	else
		printf 'systemd does not run here; the daemon is started with\n'
		printf '  sudo ntpxdpd -f %s &\n' $setup_settings
		printf '  ntpxdp status\n'
	fi
}

_setup_account() {
	id ntpxdp >/dev/null 2>&1 && return
	useradd --system --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin ntpxdp &&
		printf 'added the account ntpxdp\n'
}

_setup_write() {
	local interface=$1 host
	shift
	step "Settings in $setup_settings"
	if [ -e $setup_settings ]; then
		printf 'kept as they are\n'
		grep -Eq "^[[:space:]]*interface[[:space:]]+$interface([[:space:]]|\$)" $setup_settings ||
			printf 'they do not name %s yet: add "interface %s"\n' "$interface" "$interface"
		return
	fi
	mkdir -p "${setup_settings%/*}" && install -d -o ntpxdp -g ntpxdp /var/lib/ntpxdp || return
	{
		printf '# Written by scripts/quickstart; ntpxdp.conf(5) has all settings.\n'
		if [ $# -gt 0 ]; then
			for host in "$@"; do printf 'server %s iburst\n' "$host"; done
		else
			printf '# To try it. Before others are served, name four to seven servers near you:\n'
			printf '# a server that lives on the pool may be given itself.\n'
			printf 'pool 2.debian.pool.ntp.org iburst\n'
		fi
		printf 'driftfile /var/lib/ntpxdp/drift\ninterface %s\n' "$interface"
	} >$setup_settings
	narrow <$setup_settings
}

_setup_service() {
	# The unit names the folder that packages install to.
	sed "s|/usr/sbin/ntpxdpd|$(command -v ntpxdpd)|g" debian/ntpxdpd.service >$setup_unit || return
	systemctl daemon-reload && systemctl enable --quiet --now ntpxdpd ||
		die "the service does not start; 'journalctl -u ntpxdpd' tells why"
	ntpxdp health --wait 60 | narrow
	show "ntpxdp status" ntpxdp status
}

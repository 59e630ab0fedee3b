# Sourced after lib.sh: both Dovecots on one machine. The distribution has one;
# the other lives in a debootstrap root under build/. Debian 12 and 13 differ
# only in which is which.
# shellcheck shell=bash

# A build needs these in both places, a check these too, and the host has the
# clients.
aa_packages_build="autoconf automake libtool make gcc libc6-dev pkg-config
	dovecot-core dovecot-dev dovecot-imapd dovecot-pop3d
	libmaxminddb-dev libpcre2-dev libsqlite3-dev libssl-dev sqlite3 check
	libjs-chart.js"
aa_packages_check="tzdata valgrind dovecot-submissiond dovecot-managesieved"
aa_packages_host="debootstrap util-linux"
aa_packages_clients="chromium curl fetchmail isync mutt python3"
# Brings axe-core, which no Debian has; node's own packages come with one.
command -v npm >/dev/null || aa_packages_clients="$aa_packages_clients npm"

aa_suite() {
	case $1 in
	2.3) echo bookworm ;;
	2.4) echo trixie ;;
	*) aa_die "no Debian has Dovecot $1 that we know: 2.3 or 2.4" ;;
	esac
}

# The version that apt would install here.
aa_native() {
	local codename
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	case $codename in
	bookworm) echo 2.3 ;;
	trixie) echo 2.4 ;;
	*) aa_die "this is neither Debian 12 nor 13 (codename '$codename')" ;;
	esac
}

# Folder of the root that has this version; "" for the host itself.
aa_root() {
	[ "$1" = "$(aa_native)" ] || echo "$AA_BUILD/$(aa_suite "$1")"
}

aa_need_root() {
	[ "$(id -u)" -eq 0 ] && return
	printf 'A private Dovecot needs root (mount namespaces, uids of mail users). Run:\n  sudo %s\n' \
		"$*" >&2
	exit 1
}

# Prints those of the packages that are not installed in a root.
aa_missing() {
	local root=$1 package
	shift
	for package in "$@"; do
		dpkg-query ${root:+--admindir="$root/var/lib/dpkg"} \
			-W -f='${Status}\n' "$package" 2>/dev/null |
			grep -q '^install ok installed' || echo "$package"
	done
}

aa_apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends "$@"
}

aa_install_host() {
	local missing
	missing=$(aa_missing "" "$@" | xargs)
	[ -n "$missing" ] || return 0
	# Its lists may be fresh enough, or a mirror that we do not want be down.
	aa_note "apt-get update"
	aa_apt update >"$AA_BUILD/log/apt-update" 2>&1 || :
	# shellcheck disable=SC2086
	aa_logged "$AA_BUILD/log/apt-install" "installing $missing" \
		aa_apt install $missing
}

aa_download() (cd "$1" && apt-get -qq download "$2") >/dev/null 2>&1

# aa_unpack DIR PACKAGE…: the files of packages, laid out in DIR/PACKAGE and not
# installed: daemons among them would begin to work, here and now. 1 if one cannot
# be had.
aa_unpack() {
	local dir=$1 package
	shift
	mkdir -p "$dir"
	for package; do
		[ ! -d "$dir/$package" ] || continue
		rm -rf "$dir/new" "$dir/$package"_*.deb
		aa_download "$dir" "$package" || {
			aa_apt update >/dev/null 2>&1 || :
			aa_download "$dir" "$package" || return 1
		}
		dpkg-deb -x "$dir/$package"_*.deb "$dir/new" &&
			mv "$dir/new" "$dir/$package" || return 1
		rm -f "$dir/$package"_*.deb
	done
}

# The mirror that apt uses for the system itself.
aa_mirror() {
	apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(SITE)' \
		'Created-By: Packages' |
		awk -v codename="$(aa_suite "$(aa_native)")" \
			'$1 == "Debian" && $2 == codename { print $3; exit }'
}

aa_install_root() {
	local suite=$1 root=$2
	shift 2
	if [ ! -x "$root/usr/bin/apt-get" ] || [ -d "$root/debootstrap" ]; then
		local mirror
		mirror=$(aa_mirror)
		[ -n "$mirror" ] ||
			aa_die "apt knows no Debian mirror: no root for $suite"
		rm -rf --one-file-system "$root"
		aa_logged "$AA_BUILD/log/$suite-debootstrap" \
			"making a root of $suite for the other Dovecot" \
			debootstrap --variant=minbase "$suite" "$root" "$mirror"
	fi
	cp /etc/resolv.conf "$root/etc/resolv.conf"
	aa_logged "$AA_BUILD/log/$suite-update" "apt-get update in $suite" \
		aa_in_root "$root" apt-get -qq update
	aa_logged "$AA_BUILD/log/$suite-install" "installing in $suite: $*" \
		aa_in_root "$root" env DEBIAN_FRONTEND=noninteractive \
		apt-get -qq -y --no-install-recommends install "$@"
}

aa_in_root() {
	local root=$1
	shift
	unshare --mount sh -c '
		root=$1; shift
		mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" &&
		exec chroot "$root" "$@"' sh "$root" "$@"
}

# aa_prepare "2.3 2.4" PACKAGE…: what the versions and the packages beside the
# build need. A root that is complete needs no network.
aa_prepare() {
	local versions=$1 version root native
	shift
	native=$(aa_native)
	mkdir -p "$AA_BUILD/log"
	chmod 755 "$AA_BUILD"
	# shellcheck disable=SC2086
	aa_install_host $aa_packages_host $aa_packages_build "$@"
	for version in $versions; do
		[ "$version" != "$native" ] || continue
		root=$(aa_root "$version")
		# shellcheck disable=SC2086
		[ -e "$root/.access-audit-complete" ] &&
			[ -z "$(aa_missing "$root" $aa_packages_build $aa_packages_check)" ] &&
			continue
		# shellcheck disable=SC2086
		aa_install_root "$(aa_suite "$version")" "$root" \
			$aa_packages_build $aa_packages_check
		touch "$root/.access-audit-complete"
	done
}

# Any rule of the build is newer than ./configure, or there is none. The trees
# cannot see to this themselves: the other root has another automake.
aa_configure_is_old() {
	[ ! -x "$AA_TOP/configure" ] ||
		[ -n "$(find "$AA_TOP" -path "$AA_BUILD" -prune -o \
			\( -name room.mk -o -name Makefile.am -o \
			   -name configure.ac -o -name 'aa-*.m4' \) \
			-newer "$AA_TOP/configure" -print -quit)" ]
}

# aa_build VERSION [CONFIGURE-ARGUMENT…]: configures out of tree, builds, and lays
# what make install would install beside Dovecot's own files in build/VERSION/lib.
# Nothing is installed on the host: tests/tools/inside mounts that folder over
# /usr/lib/dovecot, in its own namespace. With aa_variant=-NAME the tree is
# build/VERSION-NAME.
aa_build() (
	version=$1 tree=$AA_BUILD/$1${aa_variant:-}
	shift
	mkdir -p "$tree" "$AA_BUILD/log"
	# two at a time would pull the files from under each other
	exec 9>"$AA_BUILD/log/lock"
	flock 9
	! aa_configure_is_old ||
		aa_logged "$AA_BUILD/log/autogen" "./autogen.sh" \
			"$AA_TOP/autogen.sh"
	name=$(basename "$tree")
	[ -e "$tree/Makefile" ] ||
		aa_logged "$AA_BUILD/log/configure-$name" \
			"configure for Dovecot $name" \
			aa_in_tree "$version" "$AA_TOP/configure" \
			--prefix=/usr --sysconfdir=/etc --localstatedir=/var \
			--disable-maintainer-mode "$@"
	aa_logged "$AA_BUILD/log/make-$name" "make for Dovecot $name" \
		aa_in_tree "$version" make -j"$(nproc)"
	aa_logged "$AA_BUILD/log/stage-$name" "staging for Dovecot $name" \
		aa_stage "$version" "$tree"
)

# Runs a command in the build tree of that version.
aa_in_tree() {
	local version=$1
	shift
	"$AA_TOOLS/inside" "$version" build sh -c 'cd "$1" && shift && exec "$@"' \
		sh "$AA_BUILD/$version${aa_variant:-}" "$@"
}

# A Dovecot that runs (./demo --keep) has the folder mounted: it keeps what it has.
aa_stage() {
	local version=$1 tree=$2
	rm -rf "$tree/stage" "$tree/lib.new" &&
	aa_in_tree "$version" make install DESTDIR="$tree/stage" &&
	cp -a "$(aa_root "$version")/usr/lib/dovecot" "$tree/lib.new" &&
	cp -a "$tree/stage/usr/lib/dovecot/." "$tree/lib.new/" &&
	if ! diff -rq "$tree/lib" "$tree/lib.new" >/dev/null 2>&1; then
		rm -rf "${tree:?}/lib.old" &&
		{ [ ! -e "$tree/lib" ] || mv "$tree/lib" "$tree/lib.old"; } &&
		mv "$tree/lib.new" "$tree/lib"
	fi
}

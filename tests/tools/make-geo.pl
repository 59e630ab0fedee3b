#!/usr/bin/perl
# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
#
# make-geo.pl DIRECTORY - writes the .mmdb files of the tests and of the demo.
#
# The results are committed in tests/data/geo, so that nobody needs this script
# (Debian: libmaxmind-db-writer-perl) to build, test or see the demo. All
# networks are documentation ranges (RFC 5737, RFC 3849), all AS numbers are
# reserved for documentation (RFC 5398).

use strict;
use warnings;
use MaxMind::DB::Writer::Tree;

my $dir = shift or die "usage: make-geo.pl DIRECTORY\n";

# The same input gives the same bytes: 2026-11-20 00:00:00 UTC.
my $built = 1795132800;

my @places = (
	{ net => '192.0.2.0/24', country => 'FR', asn => 64496,
	  org => 'Example Broadband', lat => 48.86, lon => 2.35, radius => 20 },
	{ net => '198.51.100.0/24', country => 'RU', asn => 64500,
	  org => 'Example Hosting', lat => 55.75, lon => 37.62, radius => 50 },
	{ net => '203.0.113.0/24', country => 'DE', asn => 64501,
	  org => 'Example Mobile', lat => 52.52, lon => 13.4, radius => 200 },
	{ net => '2001:db8:1::/48', country => 'FR', asn => 64496,
	  org => 'Example Broadband', lat => 48.86, lon => 2.35, radius => 20 },
	{ net => '2001:db8:2::/48', country => 'BR', asn => 64502,
	  org => 'Example Cable', lat => -23.55, lon => -46.63, radius => 100 },
	{ net => '2001:db8:3::/48', country => 'FR', asn => 64503,
	  org => 'Example Fibre', lat => 45.76, lon => 4.84, radius => 20 },
);

# name => [database type, what a place looks like in this layout]
my %layouts = (
	# MaxMind City, DB-IP City, IP2Location
	'city' => [ 'Test-City', sub {
		my $p = shift;
		return {
			country => { iso_code => $p->{country},
				     names => { en => "Land $p->{country}" } },
			registered_country => { iso_code => 'US' },
			location => { latitude => $p->{lat},
				      longitude => $p->{lon},
				      accuracy_radius => $p->{radius} },
		};
	} ],
	# MaxMind ASN, DB-IP ASN
	'asn' => [ 'Test-ASN', sub {
		my $p = shift;
		return {
			autonomous_system_number => $p->{asn},
			autonomous_system_organization => $p->{org},
		};
	} ],
	# ip-location-db: all in one flat map
	'demo' => [ 'Test-Flat', sub {
		my $p = shift;
		return {
			country_code => $p->{country},
			latitude => $p->{lat}, longitude => $p->{lon},
			autonomous_system_number => $p->{asn},
			autonomous_system_organization => $p->{org},
		};
	} ],
	# flat, and everything is text
	'text' => [ 'Test-Text', sub {
		my $p = shift;
		return {
			country_code => lc $p->{country},
			lat => "$p->{lat}", lng => "$p->{lon}",
			asn => "AS$p->{asn}", as_name => $p->{org},
		};
	} ],
	# Well-formed, and every value is out of its bounds.
	'wrong' => [ 'Test-Wrong', sub {
		return {
			country => { iso_code => "\x1b[31m" },
			country_code => 'ZZ',
			latitude => 'inf', longitude => '1e999',
			location => { latitude => 91, longitude => 'nan' },
			autonomous_system_number => '99999999999',
			asn => 'AS-1',
			autonomous_system_organization => 'x' x 5000,
		};
	} ],
);

my %types = (
	country => 'map', registered_country => 'map', location => 'map',
	names => 'map',
	en => 'utf8_string', iso_code => 'utf8_string',
	country_code => 'utf8_string', as_name => 'utf8_string',
	asn => 'utf8_string', lat => 'utf8_string', lng => 'utf8_string',
	autonomous_system_organization => 'utf8_string',
	accuracy_radius => 'uint16',
);
my %numbers = (
	latitude => 'double', longitude => 'double',
	autonomous_system_number => 'uint32',
);

# What is a number in one layout is text in another.
sub type_of {
	my ($layout, $key) = @_;
	my $number = $numbers{$key};
	return $layout eq 'wrong' ? 'utf8_string' : $number if $number;
	return $types{$key} // 'map';
}

for my $name (sort keys %layouts) {
	my ($type, $layout) = @{$layouts{$name}};
	my $tree = MaxMind::DB::Writer::Tree->new(
		ip_version => 6,
		record_size => 24,
		database_type => $type,
		languages => ['en'],
		description => { en => 'Test data of dovecot-access-audit' },
		alias_ipv6_to_ipv4 => 1,
		remove_reserved_networks => 0,
		_build_epoch => $built,
		map_key_type_callback => sub { type_of($name, $_[0]) },
	);
	$tree->insert_network($_->{net}, $layout->($_)) for @places;
	open my $out, '>:raw', "$dir/$name.mmdb" or die "$dir/$name.mmdb: $!\n";
	$tree->write_tree($out);
	close $out or die "$dir/$name.mmdb: $!\n";
}

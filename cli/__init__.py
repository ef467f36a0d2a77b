"""The command line: arguments, exit statuses, reports. What it shows comes from the other folders."""

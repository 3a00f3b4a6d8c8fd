"""The privacy desk: finding, exporting, correcting, blocking and erasing what is known about a person."""

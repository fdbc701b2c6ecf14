/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What reading a settings file has to say, and to whom: config.h does not log.
 */
#ifndef CONTROL_CONFIG_REMARK_H
#define CONTROL_CONFIG_REMARK_H

enum config_level {
	CONFIG_NOTE,
	CONFIG_WARNING, /* taken as it stands, and somebody should look at it */
	CONFIG_ERROR    /* the file is not usable */
};
struct config_remark {
	enum config_level level;
	const char *file;
	int line; /* 0: about the file as a whole */
	const char *text;
};

/* Where remarks go; they are valid during the call. */
struct config_sink {
	void (*say)(void *arg, const struct config_remark *remark);
	void *arg;
};

#endif

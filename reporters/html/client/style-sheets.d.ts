/** Style sheets are taken into the build; they export nothing. */
declare module '*.css'
